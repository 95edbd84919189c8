/**
 * sys/listen-socket - a listening socket that nobody accepts on yet.
 *
 * master(8) binds ports while it is root and hands the descriptors to workers, so that connections wait in the
 * kernel's backlog while a worker is replaced. Node can only bind and accept in one step; hence libc.
 * Source: socket(2), bind(2), listen(2), ip(7), ipv6(7), unix(7).
 */
import { chmodSync, closeSync, rmSync } from 'node:fs';
import net from 'node:net';
import { ipv6Words } from '../util/net-address.js';
import { lastError, type LibcCall, libcFunction } from './libc.js';

const AF_UNIX = 1;
const AF_INET = 2;
const AF_INET6 = 10;
const SOCK_STREAM = 1;
const SOCK_CLOEXEC = 0o2000000;
const SOL_SOCKET = 1;
const SO_REUSEADDR = 2;
const SO_SNDBUF = 7;
const SO_RCVBUF = 8;
const IPPROTO_IPV6 = 41;
const IPV6_V6ONLY = 26;
const F_DUPFD_CLOEXEC = 1030;
const maxUnixPath = 107; // sun_path, with its NUL
const backlog = 4096; // the kernel cuts it to net.core.somaxconn

interface SocketCalls {
  readonly socket: LibcCall;
  readonly setsockopt: LibcCall;
  readonly bind: LibcCall;
  readonly listen: LibcCall;
}

let declared: SocketCalls | undefined;

function socketCalls(): SocketCalls {
  declared ??= {
    socket: libcFunction('int socket(int, int, int)'),
    setsockopt: libcFunction('int setsockopt(int, int, int, const int *, uint32_t)'),
    bind: libcFunction('int bind(int, const void *, uint32_t)'),
    listen: libcFunction('int listen(int, int)'),
  };
  return declared;
}

/**
 * @param windowSize tcp_windowsize: accepted connections inherit it; 0: the system's
 * @throws {NodeJS.ErrnoException} EADDRINUSE, EACCES, EADDRNOTAVAIL …
 */
export function openListenSocket(address: string, port: number, windowSize = 0): number {
  const calls = socketCalls();
  const isV6 = net.isIPv6(address);
  const fd = calls.socket(isV6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) throw lastError('socket', `${address} port ${port}`);
  try {
    const check = (call: string, status: number): void => {
      if (status !== 0) throw lastError(call, `${address} port ${port}`);
    };
    check('setsockopt', calls.setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, [1], 4));
    if (isV6) check('setsockopt', calls.setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, [1], 4));
    if (windowSize > 0) limitWindow(fd, windowSize);
    const name = socketAddress(address, port);
    check('bind', calls.bind(fd, name, name.length));
    check('listen', calls.listen(fd, backlog));
    return fd;
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

/** A TCP socket that is not connected yet, with a window of at most so many bytes. @throws {NodeJS.ErrnoException} */
export function openWindowedSocket(isV6: boolean, windowSize: number): number {
  const fd = socketCalls().socket(isV6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) throw lastError('socket', 'of TCP');
  limitWindow(fd, windowSize);
  return fd;
}

/** Before the first packet: the kernel chooses its window scaling by it. What it refuses stays as it was. */
function limitWindow(fd: number, windowSize: number): void {
  const { setsockopt } = socketCalls();
  setsockopt(fd, SOL_SOCKET, SO_SNDBUF, [windowSize], 4);
  setsockopt(fd, SOL_SOCKET, SO_RCVBUF, [windowSize], 4);
}

/**
 * For everyone who can reach the path; what is there is replaced.
 *
 * @throws {NodeJS.ErrnoException}
 */
export function openUnixListenSocket(path: string): number {
  const calls = socketCalls();
  const name = Buffer.from(`xx${path}\0`);
  if (name.length > maxUnixPath + 3) throw new Error(`${path}: too long for a socket`);
  name.writeUInt16LE(AF_UNIX, 0);
  const fd = calls.socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) throw lastError('socket', path);
  try {
    rmSync(path, { force: true });
    if (calls.bind(fd, name, name.length) !== 0) throw lastError('bind', path);
    chmodSync(path, 0o666);
    if (calls.listen(fd, backlog) !== 0) throw lastError('listen', path);
    return fd;
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

/** Another descriptor of the same socket. @throws {NodeJS.ErrnoException} */
export function duplicateDescriptor(fd: number): number {
  const copy = libcFunction('int fcntl(int, int, int)')(fd, F_DUPFD_CLOEXEC, 0);
  if (copy < 0) throw lastError('fcntl', `descriptor ${fd}`);
  return copy;
}

/** struct sockaddr_in or sockaddr_in6 of Linux. */
function socketAddress(address: string, port: number): Buffer {
  if (net.isIPv4(address)) {
    const name = Buffer.alloc(16);
    name.writeUInt16LE(AF_INET, 0);
    name.writeUInt16BE(port, 2);
    address.split('.').forEach((part, index) => name.writeUInt8(Number(part), 4 + index));
    return name;
  }
  const name = Buffer.alloc(28);
  name.writeUInt16LE(AF_INET6, 0);
  name.writeUInt16BE(port, 2);
  ipv6Words(address).forEach((word, index) => name.writeUInt16BE(word, 8 + index * 2));
  return name;
}
