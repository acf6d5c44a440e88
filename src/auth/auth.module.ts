import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { JwtModule } from '@nestjs/jwt';
import { AuthGuard } from './auth.guard.js';
import { TokenIssuer } from './token-issuer.js';
import { TokenVerifier } from './token-verifier.js';
import { TokenController } from './token.controller.js';

/** Guards every route of the application. */
@Module({
  // Keys are replaced while the server runs: the issuer names one for each token.
  imports: [JwtModule.register({})],
  controllers: [TokenController],
  providers: [TokenVerifier, TokenIssuer, { provide: APP_GUARD, useClass: AuthGuard }],
  exports: [TokenIssuer, TokenVerifier],
})
export class AuthModule {}
