import { get } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { Readiness } from '@chatstack/stack/render/processes.ts';

const betweenTries = 40; // ms
const tryLimit = 2000; // ms

const accepts = (host: string, port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host, port, timeout: tryLimit });
    const finish = (found: boolean): void => {
      socket.destroy();
      resolve(found);
    };
    socket.once('connect', () => finish(true));
    socket.once('timeout', () => finish(false));
    socket.once('error', () => finish(false));
  });

const answersWell = (url: string): Promise<boolean> =>
  new Promise((resolve) => {
    const request = get(url, { timeout: tryLimit, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    request.once('timeout', () => request.destroy());
    request.once('error', () => resolve(false));
  });

/** Resolves true when the process does its work, false when the time is over or `signal` says to give up. */
export const waitUntilReady = async (readiness: Readiness, seconds: number, signal: AbortSignal): Promise<boolean> => {
  const deadline = performance.now() + seconds * 1000;
  while (!signal.aborted && performance.now() < deadline) {
    const ready =
      'http' in readiness ? await answersWell(readiness.http) : await accepts(readiness.tcp.host, readiness.tcp.port);
    if (ready) return true;
    await pause(betweenTries);
  }
  return false;
};
