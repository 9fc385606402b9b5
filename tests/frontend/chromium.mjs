/** A real browser that sends nothing by itself, and what a phone shows. */
import { chromium } from 'playwright-core';

const QUIET = ['background-networking', 'component-update', 'sync', 'gpu', 'quic'].map((name) => `--disable-${name}`);

export const PHONE = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 3, isMobile: true, hasTouch: true };

export function launch(...args) {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-first-run', ...QUIET, ...args, ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])],
  });
}
