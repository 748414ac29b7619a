import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from './fixtures';
for (let i=0;i<2;i++) test('settings'+i, async ({ workbench: w }) => {
  w.page.on('console', m=>console.log('[c]', m.text().slice(0,300)));
  await w.page.waitForTimeout(5000);
  console.log(readFileSync(path.join(w.server.scratch,'user-data/User/settings.json'),'utf8'));
  w.changeSettings({ 'editor.fontSize': 30, 'workbench.colorTheme': 'Default Dark Modern' });
  await w.page.waitForTimeout(4000);
  console.log(readFileSync(path.join(w.server.scratch,'user-data/User/settings.json'),'utf8'));
  console.log(await w.page.locator('.monaco-workbench').first().getAttribute('class'));
  await w.page.screenshot({path:'/tmp/shots/b.png'});
  console.log(w.server.log().slice(-1500));
  for (const d of ['server-data','user-data']) {const logs=readdirSync(path.join(w.server.scratch,d),{recursive:true}) as string[];
  for (const l of logs.filter(x=>x.endsWith('.log'))) console.log('==',l, readFileSync(path.join(w.server.scratch,d,l),'utf8').slice(0,1500));}
});
