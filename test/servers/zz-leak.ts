import { startNeo4j } from './neo4j.js';
import { startRedis } from './redis.js';
import { startEmbeddedGraph } from './embedded-graph.js';
await Promise.all([startRedis(), startNeo4j(), startEmbeddedGraph('/tmp/probe/leak')]);
console.log('UP'); process.kill(process.pid, 'SIGKILL');
