import { PinoLogger } from 'nestjs-pino';
import { pino } from 'pino';
import { expect, it, vi } from 'vitest';
import type { LogConfig } from '../config/app-config.js';
import type { AuditEvent } from './audit-events.js';
import { AuditLog } from './audit-log.js';

const EVENT: AuditEvent = { event: 'ban.ended', address: '203.0.113.7' };

function recorded(event: AuditEvent, level: LogConfig['level']): unknown[] {
  const lines: string[] = [];
  const root = new PinoLogger({});
  vi.spyOn(root, 'logger', 'get').mockReturnValue(pino({ level }, { write: (line: string) => lines.push(line) }));
  new AuditLog(root, { level }).record(event);
  return lines.map((line): unknown => JSON.parse(line));
}

it.each(['info', 'warn', 'fatal'] as const)('writes a line that is told apart, also when the log is at %s', (level) => {
  expect(recorded(EVENT, level)).toMatchObject([{ audit: true, event: 'ban.ended', address: '203.0.113.7' }]);
});

it('is silent when the whole log is', () => {
  expect(recorded(EVENT, 'silent')).toEqual([]);
});

it('keeps nothing but the fields of the event', () => {
  const [line] = recorded({ ...EVENT, token: 'eyJ', constructor: 'x' } as AuditEvent, 'info');
  const names = Object.keys(line as object).sort();
  expect(names.join(' ')).toBe('address audit event hostname level msg pid time');
});
