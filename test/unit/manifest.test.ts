import { existsSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

interface Manifest {
  capabilities: { untrustedWorkspaces: { supported: string; restrictedConfigurations: string[] } };
  contributes: {
    commands: { command: string }[];
    configuration: {
      properties: Record<
        string,
        { scope?: string; order: number; description?: string; markdownDescription?: string }
      >;
    };
    walkthroughs: { steps: WalkthroughStep[] }[];
  };
}
interface WalkthroughStep {
  description: string;
  media: { svg?: string; markdown?: string };
  completionEvents?: string[];
}

const json = (file: string): unknown => JSON.parse(readFileSync(file, 'utf8'));
const manifest = json('package.json') as Manifest;
const settings = Object.entries(manifest.contributes.configuration.properties);

it('a workspace that is not trusted changes nothing about the engine, and none names a hub', () => {
  const { supported, restrictedConfigurations } = manifest.capabilities.untrustedWorkspaces;
  const engine = settings.map(([name]) => name).filter((name) => name.startsWith('headlight.engine.'));
  expect(supported).toBe('limited');
  expect(engine.length).toBeGreaterThan(3);
  expect(restrictedConfigurations.toSorted()).toEqual(engine.toSorted());
  // A token of the user's goes there.
  expect(Object.fromEntries(settings)['headlight.hub.url']!.scope).toBe('application');
});

it('every setting is described, and has a place of its own', () => {
  for (const [name, { description, markdownDescription }] of settings) {
    expect(description ?? markdownDescription, name).toMatch(/^%setting\./);
  }
  const orders = settings.map(([, { order }]) => order);
  expect(new Set(orders).size).toBe(settings.length);
});

it.each(['package.nls.json', 'package.nls.zh-cn.json'])('the walkthroughs in %s lead somewhere', (file) => {
  const texts = json(file) as Record<string, string>;
  const text = (key: string): string => texts[key.replaceAll('%', '')] ?? key;
  const commands = manifest.contributes.commands.map(({ command }) => command);
  const steps = manifest.contributes.walkthroughs.flatMap((walkthrough) => walkthrough.steps);
  for (const { description, media, completionEvents = [] } of steps) {
    // What is only told has nothing to click.
    if (completionEvents.length === 0) continue;
    const links = [...text(description).matchAll(/\]\(command:([^)]+)\)/g)].map(([, link]) =>
      decodeURIComponent(link!),
    );
    const named = links.flatMap((link) => link.match(/headlight\.\w+/g)!);
    expect(named.length).toBeGreaterThan(0);
    expect(commands).toEqual(expect.arrayContaining(named));
    // What a step asks for is what completes it.
    const completing = completionEvents.map((event) => event.replace('onCommand:', ''));
    expect(named).toEqual(expect.arrayContaining([expect.toBeOneOf(completing)]));
    expect(existsSync(text((media.svg ?? media.markdown)!))).toBe(true);
  }
  const [toOwnModel] = manifest.contributes.walkthroughs;
  expect(toOwnModel!.steps.at(-1)!.completionEvents).toEqual(['onCommand:headlight.addModel']);
});
