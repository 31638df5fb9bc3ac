/** Whether a call speaks to another machine, itself or some calls down. */

import type { Call, Facts } from '../facts.ts';
import { callsIn } from './work.ts';
import type { Workspace } from './workspace.ts';

const libraries = /^(requests|httpx|aiohttp|urllib\.request|urllib3|http\.client|httplib2|openai|anthropic|groq|cohere|mistralai|ollama|litellm|replicate|voyageai|together|huggingface_hub|google\.(genai|generativeai|cloud)|azure|boto3|botocore|aiobotocore|aioboto3|elasticsearch|opensearchpy|qdrant_client|websockets|smtplib|aiosmtplib|paramiko|asyncssh|grpc|redis|aioredis|pymongo|motor|asyncpg|psycopg|psycopg2|pymysql|aiomysql|stripe|telegram|slack_sdk|playwright)\./;
const http = /^(requests|httpx|aiohttp|urllib\.request|urllib3|http\.client|httplib2|openai|anthropic|groq|cohere|mistralai|ollama|litellm|replicate|voyageai|together|huggingface_hub|google\.(genai|generativeai|cloud)|azure|botocore|aiobotocore|aioboto3|elasticsearch|opensearchpy|qdrant_client|stripe|slack_sdk)\./;
/** What such libraries have that speaks to nobody. */
const silent = /(\.|^)(from_url|raise_for_status|json|close|aclose|url|headers|build_request|client|resource|session|fromkeys|dumps|loads|pipeline|pubsub)$/;

const deepest = 4;

/** What a call reaches: `http` speaks to a service that many share, `network` to any other machine. */
export type Outside = 'http' | 'network';

/** What `call` reaches outside of this machine; undefined where nothing says that it does. */
export function outsideOf(file: Facts, workspace: Workspace, call: Call): Outside | undefined {
  return reached(file, workspace, call, deepest, workspace.remembered(outsideOf, () => new Map<string, Outside | undefined>()));
}

function reached(file: Facts, workspace: Workspace, call: Call, left: number, known: Map<string, Outside | undefined>): Outside | undefined {
  const target = workspace.target(file, call);
  if (target === undefined) return undefined;
  if (target.definition === undefined) return outsideName(target.name);
  const { path, scope } = target.definition;
  const inside = workspace.file(path);
  if (inside?.scopes[scope]?.function === undefined || left === 0) return undefined;
  const key = `${path}#${scope}:${left}`;
  if (known.has(key)) return known.get(key);
  known.set(key, undefined); // a function that calls itself reaches nothing by that
  let found: Outside | undefined;
  for (const inner of callsIn(inside, scope)) {
    found = reached(inside, workspace, inner, left - 1, known) ?? found;
    if (found === 'http') break;
  }
  known.set(key, found);
  return found;
}

/** The same for a library's function by name. */
export function outsideName(name: string): Outside | undefined {
  if (!libraries.test(name) || silent.test(name) || /\.[A-Z]\w*$/.test(name)) return undefined;
  return http.test(name) ? 'http' : 'network';
}
