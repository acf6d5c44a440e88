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

/** The application's logger: pino, with Nest's own start-up report at `debug`. */
@Injectable()
export class AppLogger extends Logger {
  override log(message: unknown, ...params: unknown[]): void {
    if (WIRING.includes(params.at(-1))) super.debug(message, ...params);
    else super.log(message, ...params);
  }
}
