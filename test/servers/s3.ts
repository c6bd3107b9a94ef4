import { spawnSync } from 'node:child_process';
import { AwsClient } from 'aws4fetch';
import { freePort, startServer, type StartedChild, type Unavailable } from './child.js';

/** A store that speaks S3 and checks signatures (moto), with one object, and a key that may read it. */
export interface TestS3 {
  endpoint: string;
  keys: { accessKeyId: string; secretAccessKey: string };
  stop: StartedChild['stop'];
}

export async function startS3(bucket: string, key: string, body: Uint8Array): Promise<TestS3 | Unavailable> {
  const python = process.env.ORACLE_PYTHON || 'python3';
  if (spawnSync(python, ['-c', 'import moto.server'], { stdio: 'ignore' }).status !== 0)
    return { unavailable: `${python} has no moto (pip install 'moto[s3,server]')` };
  const port = await freePort();
  const server = await startServer(
    python,
    ['-m', 'moto.server', '-H', '127.0.0.1', '-p', String(port)],
    /Running on http/,
    {
      // From the sixth call on, every one needs the right signature.
      env: { INITIAL_NO_AUTH_ACTION_COUNT: '5' },
    },
  );
  const endpoint = `http://127.0.0.1:${port}`;
  const anyone = { accessKeyId: 'setup', secretAccessKey: 'setup', region: 'us-east-1' };
  const iam = async (action: Record<string, string>): Promise<string> => {
    const call = new AwsClient({ ...anyone, service: 'iam' });
    const answer = await call.fetch(endpoint, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ Version: '2010-05-08', ...action }).toString(),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(text);
    return text;
  };
  const s3 = new AwsClient({ ...anyone, service: 's3' });
  const put = async (path: string, content?: Uint8Array): Promise<void> => {
    const answer = await s3.fetch(`${endpoint}/${path}`, {
      method: 'PUT',
      ...(content ? { body: Buffer.from(content) } : {}),
    });
    if (!answer.ok) throw new Error(await answer.text());
  };
  await iam({ Action: 'CreateUser', UserName: 'reader' });
  const PolicyDocument = JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: 's3:*', Resource: '*' }],
  });
  await iam({ Action: 'PutUserPolicy', UserName: 'reader', PolicyName: 'read', PolicyDocument });
  const made = await iam({ Action: 'CreateAccessKey', UserName: 'reader' });
  const tag = (name: string): string => new RegExp(`<${name}>(.*?)</${name}>`).exec(made)?.[1] ?? '';
  await put(bucket);
  await put(`${bucket}/${key.split('/').map(encodeURIComponent).join('/')}`, body);
  return {
    endpoint,
    keys: { accessKeyId: tag('AccessKeyId'), secretAccessKey: tag('SecretAccessKey') },
    stop: () => server.stop(),
  };
}
