import type { RequestHandler } from 'express';
import helmet, { contentSecurityPolicy } from 'helmet';

/** Whatever is not named is refused. Sound over WebRTC is no fetch, and so needs nothing here. */
const NOTHING_BUT_OUR_OWN = {
  'default-src': ["'none'"],
  'script-src': ["'self'"],
  'style-src': ["'self'"],
  'img-src': ["'self'"],
  'media-src': ["'self'"],
  'connect-src': ["'self'"],
  'manifest-src': ["'self'"],
  'form-action': ["'self'"],
  'base-uri': ["'none'"],
  'frame-ancestors': ["'none'"],
};

/** What the pages use, and what nothing here ever does. */
const PERMISSIONS_POLICY = [
  'microphone=(self)',
  'screen-wake-lock=(self)',
  'autoplay=(self)',
  'camera=()',
  'display-capture=()',
  'geolocation=()',
  'payment=()',
  'usb=()',
].join(', ');

const helmetHeaders = helmet({
  contentSecurityPolicy: { useDefaults: false, directives: NOTHING_BUT_OUR_OWN },
  frameguard: { action: 'deny' },
  // The proxy that speaks TLS promises TLS: see the nginx configuration.
  strictTransportSecurity: false,
});

/** Headers that make browsers distrust whatever is not ours, on every answer. */
export const securityHeaders: RequestHandler = (request, response, next) => {
  response.setHeader('Permissions-Policy', PERMISSIONS_POLICY);
  helmetHeaders(request, response, next);
};

/** Swagger UI brings styles within its page, and images within its styles; its scripts are files. */
export const apiDocsHeaders: RequestHandler = contentSecurityPolicy({
  useDefaults: false,
  directives: {
    ...NOTHING_BUT_OUR_OWN,
    'style-src': ["'self'", "'unsafe-inline'"],
    'img-src': ["'self'", 'data:'],
  },
});
