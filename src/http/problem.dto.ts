import { ApiSchema } from '@nestjs/swagger';
import type { ErrorCode } from '../errors/app-error.js';
import type { Problem } from '../errors/problem.js';

/** How refusals look in the API documentation. */
@ApiSchema({ name: 'Problem' })
export class ProblemDto implements Problem {
  /** @example urn:azaan-relay:problem:malformed_sdp */
  readonly type!: string;

  /** @example "Malformed SDP" */
  readonly title!: string;

  /** @example 400 */
  readonly status!: number;

  /** @example "The offer has no ICE credentials." */
  readonly detail!: string;

  /** @example malformed_sdp */
  readonly code!: ErrorCode;

  /** @example 0b6e1f0c-6b1c-4a4e-9a43-6f3f3a1d2b7c */
  readonly requestId!: string;
}
