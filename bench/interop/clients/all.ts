import { aiortc } from './aiortc.js';
import { chromium } from './chromium.js';
import type { Client } from './client.js';
import { firefox } from './firefox.js';
import { gstreamer } from './gstreamer.js';
import { libdatachannel } from './libdatachannel.js';
import { libwebrtc } from './libwebrtc.js';
import { pion } from './pion.js';
import { werift } from './werift.js';

export const CLIENTS: readonly Client[] = [
  chromium,
  firefox,
  libwebrtc,
  libdatachannel,
  werift,
  aiortc,
  gstreamer,
  pion,
];
