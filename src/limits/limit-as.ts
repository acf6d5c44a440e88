import { SetMetadata } from '@nestjs/common';
import type { RatesConfig } from '../config/app-config.js';

/** What is counted besides calls as such. */
export type Bucket = Exclude<keyof RatesConfig, 'calls'>;

export const BUCKET = 'azaan:bucket';

/** Counts calls of a route, per address, against `RATE_LIMIT_<bucket>_PER_MINUTE`. */
export const LimitAs = (bucket: Bucket): MethodDecorator => SetMetadata(BUCKET, bucket);
