import { Client, sleeping } from './client.ts';
const folder = { root: '/tmp/big', uri: (n?: string) => n ? `file:///tmp/big/${n}` : 'file:///tmp/big' } as never;
const t0 = performance.now();
const client = await Client.start({ folders: [folder] });
console.log('init', Math.round(performance.now() - t0));
client.open('file:///tmp/big/new.py', sleeping);
let t = performance.now();
const f = await client.found('file:///tmp/big/new.py');
console.log('first squiggle', f.length, Math.round(performance.now() - t0));
let idle = false; const done = client.idle().then(() => { idle = true; });
const poll = client.poll(); let firstReport = 0; void client.until('x', () => poll.reports.length > 0).then(() => firstReport = performance.now() - t0).catch(()=>{});
let worst = 0, n = 0; let sum = 0; const lat: number[] = [];
while (!idle) { t = performance.now(); await client.hover('file:///tmp/big/new.py', 0, 0); const d = performance.now() - t; lat.push(d); await new Promise(r => setTimeout(r, 20)); }
lat.sort((a, b) => b - a);
console.log('idle', Math.round(performance.now() - t0), 'worst hover', lat.slice(0, 6).map(Math.round), 'median', lat[lat.length >> 1], lat.length);
console.log('poll', poll.reports.length, firstReport, client.status?.files, JSON.stringify(client.status?.findings), client.status?.skipped.length);
for (let i = 0; i < 3; i++) { t = performance.now(); client.change('file:///tmp/big/new.py', { text: sleeping + '#' + i }); await client.found('file:///tmp/big/new.py'); console.log('keystroke', performance.now() - t); t=performance.now(); await client.idle(); console.log('settle', performance.now() - t); }
console.log((client as any).log.slice(0,3));
(await import('node:child_process')).execSync(`grep -E "VmHWM|VmRSS" /proc/$(pgrep -f 'server.cjs --stdio' | head -1)/status`, { stdio: 'inherit' });
await client.stop();
