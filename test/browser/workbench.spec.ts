import { expect, test } from './fixtures';

test('the workbench opens the sample with Headlight in the command palette', async ({
  workbench,
  outsideRequests,
}) => {
  await expect(workbench.sidebar).toContainText('sample', { ignoreCase: true });
  const titles = await workbench.commandsFor('Headlight');
  expect(titles.filter((title) => title.startsWith('Headlight: '))).not.toEqual([]);
  expect(outsideRequests).toEqual([]);
});
