import { ValidateBy } from 'class-validator';

/** A rule that gives its reason: `find` says what is wrong with a value, as the end of a sentence about it. */
export function Refuse(find: (value: unknown) => string | undefined): PropertyDecorator {
  return ValidateBy({
    name: find.name,
    validator: {
      validate: (value) => find(value) === undefined,
      defaultMessage: (failure) => `${failure?.property ?? 'it'} ${find(failure?.value) ?? ''}`,
    },
  });
}
