import { Inject, Module, type DynamicModule } from '@nestjs/common';
import type { AppConfig } from './app-config.js';
import { SecretsService } from './secrets.js';

type ConfigSlice = keyof AppConfig;

/** Injection token of one slice of the configuration. */
export function configToken(slice: ConfigSlice): string {
  return `config:${slice}`;
}

/** Injects one slice, such as `@InjectConfig('media') media: MediaConfig`. */
export function InjectConfig(slice: ConfigSlice): PropertyDecorator & ParameterDecorator {
  return Inject(configToken(slice));
}

@Module({})
export class ConfigModule {
  /** Makes every slice of `config`, and `SecretsService`, injectable everywhere. */
  static forRoot(config: AppConfig): DynamicModule {
    const slices = Object.keys(config) as ConfigSlice[];
    const providers = slices.map((slice) => ({ provide: configToken(slice), useValue: config[slice] }));
    const secrets = { provide: SecretsService, useValue: new SecretsService(config.secrets) };
    return { module: ConfigModule, global: true, providers: [...providers, secrets], exports: [...providers, secrets] };
  }
}
