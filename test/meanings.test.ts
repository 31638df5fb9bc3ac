/** The words about settings: of settings that exist, in both languages, and for all that matter at the start. */

import assert from 'node:assert/strict';
import { gunicornWorker } from '../server/src/knowledge/gunicorn.ts';
import { meaningOf, meaningRows } from '../server/src/knowledge/meanings.ts';
import { serverTable } from '../server/src/knowledge/servers.ts';

const kinds = new Set(['sync', 'gthread', 'gevent', 'pywsgi', 'gws', 'tornado', 'eventlet', 'asgi', 'uvicorn', 'prefork', 'threads', 'solo']);

describe('Words about settings', () => {
  it('are of settings, worker classes and pools that exist, each said once', () => {
    const seen = new Set<string>();
    for (const { program, setting, kinds: of = [undefined], value } of meaningRows) {
      assert.ok(serverTable(program)?.settings.has(setting), `${program} ${setting}`);
      for (const kind of of) {
        assert.ok(kind === undefined || kinds.has(kind), `${kind} of ${setting}`);
        const key = `${program} ${setting} ${kind ?? ''} ${value ?? ''}`;
        assert.ok(!seen.has(key), `${key} is said twice`);
        seen.add(key);
      }
      if (setting === 'worker_class' && value !== undefined) assert.ok(gunicornWorker(value), value);
    }
  });

  it('are whole sentences in English and in Chinese, with the same code, in closed backticks', () => {
    const code = (text: string) => [...new Set(text.match(/`[^`]*`/g) ?? [])].sort();
    for (const { setting, en, zh } of meaningRows) {
      assert.match(en, /^[A-Z`].*\.$/, setting);
      assert.match(zh, /^[^\n]*\p{Script=Han}[^\n]*。$/u, setting);
      assert.doesNotMatch(zh, /[，。：；、]\s|\p{Script=Han}[,;:]/u, setting);
      assert.deepEqual(code(zh), code(en), setting);
    }
  });

  it('are there for every setting that matters at the start', () => {
    const matter: Readonly<Record<string, string>> = {
      gunicorn: 'config wsgi_app bind backlog workers worker_class threads worker_connections max_requests max_requests_jitter timeout graceful_timeout keepalive limit_request_line limit_request_fields limit_request_field_size reload preload_app daemon chdir worker_tmp_dir pidfile user group umask raw_env forwarded_allow_ips accesslog access_log_format errorlog loglevel capture_output logconfig logconfig_json statsd_host proc_name reuse_port sendfile proxy_protocol keyfile certfile http_protocols asgi_loop asgi_lifespan root_path asgi_disconnect_grace_period http_parser dirty_apps dirty_workers control_socket post_fork when_ready',
      uvicorn: 'host port uds fd reload workers loop http ws ws_ping_interval ws_ping_timeout ws_max_size lifespan interface log_level access_log proxy_headers forwarded_allow_ips root_path limit_concurrency backlog limit_max_requests limit_max_requests_jitter timeout_keep_alive timeout_graceful_shutdown timeout_worker_healthcheck factory app_dir',
      'celery worker': 'app concurrency pool prefetch_multiplier disable_prefetch optimization time_limit soft_time_limit max_tasks_per_child max_memory_per_child autoscale queues hostname loglevel task_events without_gossip without_mingle without_heartbeat purge beat detach',
    };
    for (const [program, names] of Object.entries(matter)) for (const name of names.split(' ')) assert.ok(meaningOf(program, name), `${program} ${name}`);
  });

  it('are about the worker class where they differ with it', () => {
    assert.match(meaningOf('gunicorn', 'timeout', 'sync')!.en, /A request/);
    assert.match(meaningOf('gunicorn', 'timeout', 'gevent')!.en, /Does not limit requests/);
    assert.match(meaningOf('gunicorn', 'timeout')!.en, /Only with `sync`/);
    assert.equal(meaningOf('gunicorn', 'nothing'), undefined);
  });
});
