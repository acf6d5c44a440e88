import type { ReplyEnvelope, RequestEnvelope, RequestMap } from './load-protocol.js';

export type Handlers<Requests extends RequestMap<Requests>> = {
  [Name in keyof Requests]: (request: Requests[Name]['request']) => Promise<Requests[Name]['reply']>;
};

/**
 * Answers the requests of the parent process. A load process ends with its parent, and leaves Ctrl-C to it.
 */
export function serveRequests<Requests extends RequestMap<Requests>>(handlers: Handlers<Requests>): void {
  process.on('SIGINT', () => undefined);
  process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
  process.on('message', (message) => {
    const { id, name, body } = message as RequestEnvelope;
    const handler = handlers[name as keyof Requests];
    handler(body).then(
      (reply) => send({ id, ok: true, body: reply }),
      (error: unknown) => send({ id, ok: false, message: error instanceof Error ? error.message : String(error) }),
    );
  });
}

function send(reply: ReplyEnvelope): void {
  if (process.connected) process.send?.(reply);
}
