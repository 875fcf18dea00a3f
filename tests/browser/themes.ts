import type { Page } from 'playwright-core';
import { look, picture } from './chromium';

/** What JupyterLab tells of itself where it was started with `expose_app_in_browser`. */
interface IApp {
  readonly commands: { execute(command: string, args: object): Promise<unknown> };
}

/** The dark one first, so that a page ends as it began. */
const THEMES = ['JupyterLab Dark', 'JupyterLab Light'] as const;

/** Do this with the page in either theme of JupyterLab. */
export async function inThemes(page: Page, act: (theme: string) => Promise<void>): Promise<void> {
  for (const theme of THEMES) {
    await page.evaluate(async name => {
      const { jupyterapp } = window as unknown as { jupyterapp: IApp };
      await jupyterapp.commands.execute('apputils:change-theme', { theme: name });
    }, theme);
    await page.locator(`body[data-jp-theme-name="${theme}"]`).waitFor({ state: 'attached' });
    await act(theme);
  }
}

/** Look at a part of the page in either theme. */
export function lookInThemes(page: Page, name: string, part: string): Promise<void> {
  return inThemes(page, theme => look(page, `${name} ${theme}`, part));
}

export function pictureInThemes(page: Page, name: string): Promise<void> {
  return inThemes(page, theme => picture(page, `${name} ${theme}`));
}
