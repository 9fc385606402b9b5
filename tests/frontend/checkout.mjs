// The checkout of development, gone through against the sandbox in a real browser that may reach nothing but the server.
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';

import { launch, PHONE } from './chromium.mjs';
import { watch } from './explorer/complaints.mjs';
import { server } from './server.mjs';

const SIZES = { desktop: { viewport: { width: 1280, height: 900 } }, phone: PHONE };

/** Stands in for Razorpay's script, which CI does not load: it pays at once, in the sandbox. */
const RAZORPAY = 'https://checkout.razorpay.com';
const STAND_IN = `window.Razorpay = class {
  constructor(options) { window.opened = this.options = options; }
  on() {}
  async open() {
    const { key, order_id, handler } = this.options;
    const paid = await fetch('/sandbox/razorpay/checkout', { method: 'POST', body: JSON.stringify({ key, order_id }) });
    handler(await paid.json());
  }
};`;

const checks = {
  'an order is paid, and its receipt is there': async (page, size) => {
    await page.goto(`${server}/checkout?persona=omar`);
    await page.getByLabel(/^Quantity of/).nth(1).fill('2');
    const total = await page.locator('#total').textContent();
    await page.emulateMedia({ colorScheme: 'dark' });
    await picture(page, `checkout-dark-${size}`);
    await page.emulateMedia({ colorScheme: 'light' });
    await page.getByRole('button', { name: 'Continue to payment' }).click();
    const bank = page.getByRole('dialog', { name: 'Razorpay sandbox' });
    await bank.waitFor();
    assert.equal(await page.locator('#bank-sum').textContent(), total, 'what was shown is what is to be paid');
    await picture(page, `checkout-${size}`);
    await bank.getByRole('button', { name: 'Pay', exact: true }).click();
    await status(page, 'Paid');
    assert.equal(await page.locator('#sum').textContent(), total);
    await page.getByRole('link', { name: 'Open the receipt' }).waitFor();
    assert.equal(await page.getByRole('button', { name: 'Pay now' }).count(), 0, 'what is paid is not paid again');
    await picture(page, `checkout-paid-${size}`);

    const receipt = await page.getByRole('link', { name: 'Open the receipt' }).getAttribute('href');
    const reader = await page.context().browser().newContext({ ...SIZES[size], locale: 'en' });
    try {
      const sheet = await reader.newPage();
      const complaints = watch(sheet);
      await sheet.goto(receipt);
      await sheet.getByRole('heading', { name: 'Receipt' }).waitFor();
      const text = await sheet.locator('main').innerText();
      assert.ok(text.includes(total), `${total} is on the receipt`);
      assert.ok(!text.includes('Omar'), 'it names nobody');
      assert.equal((await sheet.pdf()).toString('latin1').match(/\/Type \/Page\b/g).length, 1, 'it is printed on one page');
      await squeezed(sheet);
      await picture(sheet, `receipt-${size}`);
      await sheet.getByRole('link', { name: 'العربية' }).click();
      assert.equal(await sheet.locator('html').getAttribute('dir'), 'rtl');
      await squeezed(sheet);
      await picture(sheet, `receipt-arabic-${size}`);
      assert.deepEqual(complaints, []);
    } finally {
      await reader.close();
    }
  },

  'an attempt fails, and the next one succeeds after a reload': async (page) => {
    await page.goto(`${server}/checkout?persona=layla`);
    await page.getByText('Any amount').click();
    await page.getByLabel('Amount', { exact: true }).fill('75.50');
    await page.getByRole('button', { name: 'Continue to payment' }).click();
    await page.getByRole('button', { name: 'Fail', exact: true }).click();
    await step(page, /attempt to pay has failed/);
    await status(page, 'Failed');
    const address = page.url();
    assert.match(address, /payment=/);
    await page.reload();
    await status(page, 'Failed');
    assert.equal(page.url(), address);
    await page.getByRole('button', { name: 'Pay now' }).click();
    await page.getByRole('button', { name: 'Pay', exact: true }).click();
    await status(page, 'Paid');
    await page.getByRole('button', { name: 'Pay something else' }).click();
    await page.getByRole('heading', { name: 'What to pay' }).waitFor();
  },

  'a bank authorizes a failed attempt later': async (page) => {
    await page.goto(`${server}/checkout?persona=omar`);
    await page.getByText('Any amount').click();
    await page.getByRole('button', { name: 'Continue to payment' }).click();
    await page.getByRole('button', { name: 'Fail now, and let the bank authorize it later' }).click();
    await status(page, 'Failed');
    await status(page, 'Paid'); // by the webhook alone: the page verifies nothing
    await step(page, /Live: COMPLETED/);
    await page.getByRole('link', { name: 'Open the receipt' }).waitFor();
  },

  'an amount is authorized, and captured later': async (page) => {
    await page.goto(`${server}/checkout?persona=omar`);
    await page.getByText('Any amount').click();
    await page.getByRole('button', { name: 'Continue to payment' }).click();
    await page.getByRole('button', { name: 'Authorize only: the amount is captured later' }).click();
    await step(page, /AUTHORIZED/);
    await status(page, 'Paid');
  },

  "with keys, Razorpay's own Checkout is opened": async (page, size, complaints) => {
    await page.route(`${server}/checkout?persona=omar`, async (route) => {
      const response = await route.fetch();
      const headers = response.headers();
      headers['content-security-policy'] = headers['content-security-policy'].replace("script-src 'self'", `script-src 'self' ${RAZORPAY}`);
      await route.fulfill({ response, headers, body: (await response.text()).replace('"sandbox":true', '"sandbox":false') });
    });
    await page.route(`${RAZORPAY}/v1/checkout.js`, (route) => route.fulfill({ contentType: 'text/javascript', body: STAND_IN }));
    await page.goto(`${server}/checkout?persona=omar`);
    await page.getByText('Any amount').click();
    await page.getByRole('button', { name: 'Continue to payment' }).click();
    await status(page, 'Paid');
    const { amount, currency, order_id: orderId, name } = await page.evaluate(() => window.opened);
    assert.deepEqual([amount, currency, name], [12_000, 'AED', 'Clientele']);
    assert.match(orderId, /^order_/);
    assert.deepEqual(complaints.splice(0), [`request to ${RAZORPAY}`]);
  },

  'closing Checkout pays nothing, and refusals are in sight': async (page) => {
    await page.goto(`${server}/checkout?persona=omar`);
    await page.getByText('Any amount').click();
    await page.getByLabel('Amount', { exact: true }).fill('-1');
    await page.getByRole('button', { name: 'Continue to payment' }).click();
    await page.getByRole('alert').waitFor();
    await page.getByLabel('Amount', { exact: true }).fill('10');
    await page.getByRole('button', { name: 'Continue to payment' }).click();
    await page.getByRole('dialog').waitFor();
    await page.keyboard.press('Escape');
    await step(page, /closed without a payment/);
    await status(page, 'Not paid yet');
    assert.equal(await page.getByRole('alert').count(), 0);
  },
};

const status = (page, text) => page.locator('#status', { hasText: new RegExp(`^${text}$`) }).waitFor();
const step = (page, text) => page.locator('#steps li', { hasText: text }).first().waitFor();

/** Nothing is wider than the window. */
async function squeezed(page) {
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${page.url()} is too wide`);
}

/** Keeps what the page looks like; docs/images has some of these. */
async function picture(page, name) {
  await squeezed(page);
  await page.screenshot({ path: `out/${name}.png`, scale: 'css' });
}

mkdirSync('out', { recursive: true });
const browser = await launch();
try {
  for (const [size, options] of Object.entries(SIZES)) {
    for (const [name, check] of Object.entries(checks)) {
      const context = await browser.newContext(options);
      const page = await context.newPage();
      page.setDefaultTimeout(30_000);
      const complaints = watch(page);
      try {
        await check(page, size, complaints);
        assert.deepEqual(complaints, []);
        console.log(`  ok  checkout on a ${size}: ${name}`);
      } catch (error) {
        await page.screenshot({ path: 'out/failed-checkout.png', fullPage: true }).catch(() => {});
        throw new Error(`${name} on a ${size} (see out/failed-checkout.png): ${complaints.join('; ')}`, { cause: error });
      } finally {
        await context.close();
      }
    }
  }
} finally {
  await browser.close();
}
