import type { Locator, Page } from 'playwright-core';
import { expect } from 'vitest';

/** More than there is to go through anywhere on the page. */
const MOST_TABS = 150;

/** A person with keys alone, who must see at any time where they stand. */
export class Keyboard {
  constructor(private readonly page: Page) {}

  async press(...keys: string[]): Promise<void> {
    for (const key of keys) {
      expect(await this.page.evaluate(faultOfFocus), `before ${key}`).toBe('');
      await this.page.keyboard.press(key);
      await expect
        .poll(() => this.page.evaluate(faultOfFocus), { message: `after ${key}`, timeout: 10_000 })
        .toBe('');
    }
  }

  async type(text: string): Promise<void> {
    await this.page.keyboard.type(text);
  }

  /** Go on by Tab, or by another key, until the keyboard is at this. */
  async goTo(target: Locator, key = 'Tab'): Promise<void> {
    for (let tabs = 0; tabs < MOST_TABS; tabs++) {
      if (await this.isAt(target)) {
        return;
      }
      await this.press(key);
    }
    throw new Error(`${key} does not lead to ${target.toString()}`);
  }

  async choose(command: string): Promise<void> {
    const palette = this.page.locator('.jp-ModalCommandPalette');
    await this.press('Control+Shift+C');
    await this.type(command);
    await palette
      .locator('.lm-CommandPalette-item.lm-mod-active')
      .getByText(command, { exact: true })
      .waitFor();
    await this.press('Enter');
    await palette.waitFor({ state: 'hidden' });
  }

  /** Wait until the keyboard is at this. */
  async arrives(target: Locator): Promise<void> {
    await expect.poll(() => this.isAt(target), { message: `at ${target.toString()}` }).toBe(true);
  }

  private async isAt(target: Locator): Promise<boolean> {
    return (await target.and(this.page.locator(':focus')).count()) > 0;
  }
}

/** What is wrong with where the keyboard is; nothing is an empty text. */
function faultOfFocus(): string {
  const at = document.activeElement;
  if (!at || at === document.body) {
    return 'the keyboard is at nothing';
  }
  const { top, left, bottom, right, width, height } = at.getBoundingClientRect();
  const isInView = bottom > 0 && right > 0 && top < innerHeight && left < innerWidth;
  if (!at.checkVisibility() || width === 0 || height === 0 || !isInView) {
    return `not to be seen: ${at.outerHTML.slice(0, 200)}`;
  }
  const isOurs = at.closest('[class*="jp-Cellmark"]') !== null && !at.closest('.cm-editor');
  const { outlineStyle, outlineWidth } = getComputedStyle(at);
  return isOurs && (outlineStyle === 'none' || outlineWidth === '0px')
    ? `not marked: ${at.outerHTML.slice(0, 200)}`
    : '';
}
