import { Injectable } from '@nestjs/common';
import { Logger } from 'nestjs-pino';

/** Nest reports every module and route at start; that is for who debugs the wiring. */
const WIRING: readonly unknown[] = [
  'InstanceLoader',
  'RoutesResolver',
  'RouterExplorer',
  'NestFactory',
  'NestApplication',
];

/**
 * The application's logger: pino, with Nest's own start-up report at `debug`. A line within a request gets the id of that
 * request, unless it names one itself: what happens to a peer belongs to the request that brought it.
 */
@Injectable()
export class AppLogger extends Logger {
  override debug(message: unknown, ...params: unknown[]): void {
    this.write(message, () => super.debug(message, ...params));
  }

  override log(message: unknown, ...params: unknown[]): void {
    if (WIRING.includes(params.at(-1))) super.debug(message, ...params);
    else this.write(message, () => super.log(message, ...params));
  }

  override warn(message: unknown, ...params: unknown[]): void {
    this.write(message, () => super.warn(message, ...params));
  }

  override error(message: unknown, ...params: unknown[]): void {
    this.write(message, () => super.error(message, ...params));
  }

  private write(message: unknown, line: () => void): void {
    if (typeof message === 'object' && message !== null && 'requestId' in message) this.logger.runInContext(line);
    else line();
  }
}
