/** sys/ctime - `Tue Nov 24 10:26:21 2026`, as ctime(3) writes a time, in local time. */
const days = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** @param time milliseconds since 1970 */
export function mailboxDate(time: number): string {
  const date = new Date(time);
  return `${dayAndTime(time)} ${date.getFullYear()}`;
}

/** The same without the year: `Tue Nov 24 10:26:21`. */
export function dayAndTime(time: number): string {
  const date = new Date(time);
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${days[date.getDay()] ?? ''} ${months[date.getMonth()] ?? ''} ${String(date.getDate()).padStart(2)} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}
