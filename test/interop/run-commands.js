export const commandCases = async () => {};
