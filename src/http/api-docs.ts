import { applyDecorators } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { ApiExtraModels, ApiResponse, DocumentBuilder, SwaggerModule, getSchemaPath } from '@nestjs/swagger';
import { ProblemDto } from './problem.dto.js';
import { apiDocsHeaders } from './security-headers.js';

/** Serves the OpenAPI document as a page at `/docs` and as JSON at `/docs-json`. */
export function serveApiDocs(app: NestExpressApplication): void {
  const description = new DocumentBuilder()
    .setTitle('azaan-relay')
    .setDescription('One microphone to every listener: one WebRTC offer in, one answer out.')
    .setVersion('1')
    .addBearerAuth()
    .build();
  app.use('/docs', apiDocsHeaders);
  SwaggerModule.setup('docs', app, () => SwaggerModule.createDocument(app, description));
}

/** Documents refusals, by status. */
export function ApiProblems(refusals: Readonly<Record<number, string>>): MethodDecorator {
  const schema = { $ref: getSchemaPath(ProblemDto) };
  const responses = Object.entries(refusals).map(([status, description]) =>
    ApiResponse({ status: Number(status), description, content: { 'application/problem+json': { schema } } }),
  );
  return applyDecorators(ApiExtraModels(ProblemDto), ...responses);
}
