import { writeFileSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { enterNamespace } from '../drivers/linux/in-namespace.ts';
import { startLabPage } from './start-lab-page.ts';
enterNamespace(import.meta.filename);
const scope = { list: [] as any[], after(f: any) { this.list.push(f); } };
const lab = await startLabPage(scope as any);
const run = (ns: string, script: string) => { const c = spawn('ip', ['netns', 'exec', ns, 'python3', '-c', script], { stdio: 'inherit' }); scope.after(() => c.kill('SIGKILL')); };
run('world', `
import socket,threading
def srv(port):
    s=socket.socket(socket.AF_INET6 if False else socket.AF_INET); s.setsockopt(socket.SOL_SOCKET,socket.SO_REUSEADDR,1); s.bind(('0.0.0.0',port)); s.listen(50)
    while True:
        c,_=s.accept()
        def echo(c):
            try:
                while True:
                    d=c.recv(65536)
                    if not d: break
                    c.sendall(d[:len(d)//3+1])
            except OSError: pass
        threading.Thread(target=echo,args=(c,),daemon=True).start()
for p in (80,443,8000): threading.Thread(target=srv,args=(p,),daemon=True).start()
import time
time.sleep(5400)
`);
for (const [i, g] of ['web1', 'db1', 'mail1', 'rogue'].entries()) run(g, `
import socket,threading,time,random
time.sleep(1)
def c(port,rate):
    while True:
        try:
            s=socket.create_connection(('203.0.113.1',port),5)
            for _ in range(200):
                s.sendall(b'x'*int(rate*random.random()+1)); s.recv(65536); time.sleep(0.2)
            s.close()
        except OSError: time.sleep(1)
for k in range(${4 + 3 * i}): threading.Thread(target=c,args=(random.choice([80,443,8000]),random.choice([200,3000,20000])*${i + 1}),daemon=True).start()
u=socket.socket(socket.AF_INET,socket.SOCK_DGRAM)
while True:
    u.sendto(b'q',('203.0.113.1',53)); time.sleep(2)
`);
writeFileSync('/tmp/f/lab.json', JSON.stringify({ socket: lab.socket, origin: lab.origin, pid: process.pid, daemon: lab.pid }));
process.on('SIGTERM', async () => { for (const f of scope.list.reverse()) await f(); process.exit(0); });
setInterval(() => { try { lab.spoof('rogue'); } catch {} }, 20_000);
setTimeout(() => process.kill(process.pid, 'SIGTERM'), 75 * 60_000);
