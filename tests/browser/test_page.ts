import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { barriers, startChromium } from './chromium';
import { type IService, startService } from './service';

const ROWS = Array.from({ length: 200 }, (_, at) => ({
  plan: 'pro',
  age: 69,
  visits: at % 17,
  active: true
}));

let service: IService;
let browser: Browser;
let page: Page;
const said: string[] = [];

interface IAsked {
  readonly scheme?: 'light' | 'dark';
  readonly width?: number;
  /** The page's own policy lets no other script run, axe neither. */
  readonly bypassCSP?: boolean;
}

async function open({
  scheme = 'light',
  width = 1180,
  bypassCSP = false
}: IAsked = {}): Promise<void> {
  const viewport = { width, height: 900 };
  page = await browser.newPage({ bypassCSP, colorScheme: scheme, viewport });
  page.on('console', message => said.push(message.text()));
  page.on('pageerror', error => said.push(error.message));
  await page.goto(service.url);
}

function field(name: string): Locator {
  return page.locator('#row').getByLabel(name, { exact: true });
}

beforeAll(async () => {
  service = await startService();
  browser = await startChromium();
  for (let window = 0; window < 4; window += 1) {
    await service.predict(ROWS);
  }
});

afterEach(() => page.close());

afterAll(async () => {
  await browser.close();
  await service.stop();
});

describe('the page for people', () => {
  it.each(['light', 'dark'] as const)('axe finds nothing in %s', async scheme => {
    await open({ scheme, bypassCSP: true });
    await expect
      .poll(async () => page.reload().then(() => page.locator('.card.alarm').count()))
      .toBeGreaterThan(0);
    expect(await barriers(page, 'html', ['minor', 'moderate', 'serious', 'critical'])).toEqual([]);
  });

  it('fits a phone', async () => {
    await open({ width: 360 });
    const widths = await page.evaluate(() => [
      document.documentElement.scrollWidth,
      document.documentElement.clientWidth
    ]);
    expect(widths[0]).toBe(widths[1]);
  });

  it('answers a row from its form, by its own policy', async () => {
    await open();
    await field('visits').fill('4');
    await field('plan').selectOption('pro');
    await page.getByRole('button', { name: 'Score this row' }).click();
    const answer = page.locator('#answer');
    await expect.poll(() => answer.textContent()).toMatch(/(Yes|No).*churn@3 \(champion/);
    expect(await answer.locator('meter').count()).toBe(2);
    expect(said).toEqual([]);
  });

  it('tells what is wrong with a row field by field', async () => {
    await open();
    await field('visits').fill('4.5');
    await field('age').fill('<b>old</b>');
    await page.getByRole('button', { name: 'Score this row' }).click();
    const visits = field('visits');
    await expect.poll(() => visits.getAttribute('aria-invalid')).toBe('true');
    const faults = await page.locator('.fault').allTextContents();
    expect(faults.filter(text => text !== '')).toHaveLength(2);
    expect(faults.join()).toContain('<b>old</b>');
    expect(await page.evaluate(() => document.activeElement?.getAttribute('name'))).toBe('age');
    await visits.fill('4');
    await field('age').fill('');
    await page.getByRole('button', { name: 'Score this row' }).click();
    await expect.poll(() => page.locator('#answer meter').count()).toBe(2);
    expect(await page.locator('[aria-invalid]').count()).toBe(0);
  });

  it('shows what changed, and leaves the form as it is', async () => {
    await open();
    const answered = page.locator('#overview .tiles dd').first();
    const before = await answered.textContent();
    await field('age').fill('33');
    await service.predict(ROWS.slice(0, 3));
    await expect.poll(() => answered.textContent()).not.toBe(before);
    expect(await field('age').inputValue()).toBe('33');
  });

  it('asks for the token as a password, and then works', async () => {
    const guarded = await startService('s3cret');
    try {
      const context = await browser.newContext({
        httpCredentials: { username: 'anna', password: 's3cret' }
      });
      page = await context.newPage();
      await page.goto(guarded.url);
      await page.getByRole('button', { name: 'Score this row' }).click();
      await expect.poll(() => page.locator('#answer meter').count()).toBe(2);
    } finally {
      await guarded.stop();
    }
  });
});
