/**
 * sys/peer-user - which user is at the other end of a UNIX socket, by the kernel's word.
 *
 * Where the system or libc cannot tell: undefined, which is nobody in particular, never someone with rights.
 * Source: unix(7) SO_PEERCRED, getpeereid(3).
 */
import type { Socket } from 'node:net';
import process from 'node:process';
import { libcFunction } from './libc.js';

const SOL_SOCKET = 1;
const SO_PEERCRED = 17; // Linux, but for a few rare processors
const credentialSize = 12; // struct ucred: pid, uid, gid

export function peerUid(socket: Socket): number | undefined {
  const { fd } = (socket as { _handle?: { fd?: number } })._handle ?? {};
  if (fd === undefined || fd < 0) return undefined;
  try {
    return process.platform === 'linux' ? linuxPeer(fd) : bsdPeer(fd);
  } catch {
    return undefined;
  }
}

/** Loads what peerUid() needs: for a process that will soon not reach the files of libc's binding. */
export function preparePeerUid(): void {
  try {
    if (process.platform === 'linux') getsockopt();
  } catch {
    // peerUid() says undefined
  }
}

function getsockopt(): ReturnType<typeof libcFunction> {
  return libcFunction('int getsockopt(int, int, int, void *, void *)');
}

function linuxPeer(fd: number): number | undefined {
  const credentials = Buffer.alloc(credentialSize);
  const size = Buffer.alloc(4);
  size.writeUInt32LE(credentialSize);
  if (getsockopt()(fd, SOL_SOCKET, SO_PEERCRED, credentials, size) !== 0) return undefined;
  return size.readUInt32LE(0) === credentialSize ? credentials.readUInt32LE(4) : undefined;
}

function bsdPeer(fd: number): number | undefined {
  const uid = Buffer.alloc(4);
  const gid = Buffer.alloc(4);
  if (libcFunction('int getpeereid(int, void *, void *)')(fd, uid, gid) !== 0) return undefined;
  return uid.readUInt32LE(0);
}
