import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AxeResults } from 'axe-core';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { expect, inject } from 'vitest';

const SCREENSHOTS = process.env['CELLMARK_SCREENSHOTS'] ?? join(tmpdir(), 'cellmark-screenshots');
const AXE = join(import.meta.dirname, '../../node_modules/axe-core/axe.min.js');
const LAUNCH = {
  executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking']
};

export function startChromium(): Promise<Browser> {
  return chromium.launch(LAUNCH);
}

/** A Chromium that keeps what it has loaded of JupyterLab, from one file of journeys to the next. */
export function startChromiumForLab(): Promise<BrowserContext> {
  const viewport = { width: 1200, height: 640 };
  return chromium.launchPersistentContext(inject('profile'), { ...LAUNCH, viewport });
}

/** Keep a picture of the page, for people to look at. */
export async function picture(page: Page, name: string): Promise<void> {
  await mkdir(SCREENSHOTS, { recursive: true });
  await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`) });
}

/** Keep a picture, and see that nothing in a part of the page keeps somebody from using it. */
export async function look(page: Page, name: string, part: string): Promise<void> {
  await picture(page, name);
  expect(await barriers(page, part), name).toEqual([]);
}

/** What axe-core finds in a part of the page; what is serious, or all. */
export async function barriers(
  page: Page,
  part: string,
  impacts = ['serious', 'critical']
): Promise<string[]> {
  await page.addScriptTag({ path: AXE });
  const { violations } = await page.evaluate(async selector => {
    const { axe } = window as unknown as { axe: { run(on: string): Promise<AxeResults> } };
    return axe.run(selector);
  }, part);
  return violations
    .filter(({ impact }) => impacts.includes(impact ?? 'serious'))
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 200)).join('\n')}`);
}
