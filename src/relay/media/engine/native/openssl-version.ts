/** The calls below are those of OpenSSL 3; in another major version or in BoringSSL they may mean something else. */
const MAJOR = '3';

/** @throws Error when the runtime brings another TLS library than the engine was written for */
export function assertOpenSsl(version: string = process.versions.openssl): void {
  // BoringSSL, as in Electron, calls itself 0.0.0 or 1.1.1.
  if (version.split('.')[0] === MAJOR) return;
  throw new Error(
    `The media engine needs a Node.js with OpenSSL ${MAJOR}, and this one has ${version}: use the version that .nvmrc names.`,
  );
}
