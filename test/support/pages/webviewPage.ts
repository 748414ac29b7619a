import { type Frame, type Locator, type Page, expect } from '@playwright/test';

/** Something in the wanted webview that no other webview shows. */
export type Marker = (frame: Frame) => Locator;

/**
 * The document of a webview of an extension, in an editor or in a sidebar: two frames down, since VS Code puts a
 * page of its own around it.
 */
export class WebviewPage {
  private constructor(readonly frame: Frame) {}

  /** Waits for a webview that shows what the marker finds. */
  static async find(page: Page, marker: Marker, timeout = 30_000): Promise<WebviewPage> {
    let found: Frame | undefined;
    await expect(async () => {
      found = await visibleFrame(page, marker);
      expect(found, 'a webview with the wanted content').toBeDefined();
    }).toPass({ timeout });
    if (!found) throw new Error('No webview shows the wanted content');
    return new WebviewPage(found);
  }

  locator(selector: string): Locator {
    return this.frame.locator(selector);
  }

  getByRole(...args: Parameters<Frame['getByRole']>): Locator {
    return this.frame.getByRole(...args);
  }

  getByText(...args: Parameters<Frame['getByText']>): Locator {
    return this.frame.getByText(...args);
  }

  /** All that is written in it. */
  text(): Promise<string> {
    return this.frame.locator('body').innerText();
  }
}

async function visibleFrame(page: Page, marker: Marker): Promise<Frame | undefined> {
  for await (const frame of visibleWebviews(page)) {
    if (await marker(frame).first().isVisible()) return frame;
  }
  return undefined;
}

/** The documents of the webviews that are in sight. */
export async function* visibleWebviews(page: Page): AsyncGenerator<Frame> {
  for (const outer of await page.locator('iframe.webview:visible').all()) {
    const inner = await outer.contentFrame().locator('iframe#active-frame').elementHandle({ timeout: 1_000 });
    const frame = await inner?.contentFrame();
    if (frame) yield frame;
  }
}
