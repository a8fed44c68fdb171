// What a program with the official JavaScript client does: typed and custom objects, patches, watch and informer.
// Prints one line of JSON a step; exits 1 at the first step that goes wrong.
import assert from 'node:assert/strict';
import * as k8s from '@kubernetes/client-node';

const config = new k8s.KubeConfig();
config.loadFromFile(process.argv[2]);
const core = config.makeApiClient(k8s.CoreV1Api);
const custom = config.makeApiClient(k8s.CustomObjectsApi);
const objects = k8s.KubernetesObjectApi.makeApiClient(config);
const group = 'networking.ironcore.dev';
const version = 'v1alpha1';
const done = (step, value) => console.log(JSON.stringify({ step, value }));

const namespace = (await core.createNamespace({ body: { metadata: { generateName: 'js-' } } })).metadata.name;
done('namespace', namespace);

const lb = (name, port) => ({
  apiVersion: `${group}/${version}`, kind: 'LoadBalancer', metadata: { name, namespace },
  spec: { type: 'Public', ipFamilies: ['IPv4'], networkRef: { name: 'net-a' }, ports: [{ protocol: 'TCP', port }] },
});

// Informer: list, watch, events of adds, updates and deletions.
const seen = [];
let changed = () => {};
const until = async (predicate) => {
  const limit = Date.now() + 30000;
  while (!predicate()) {
    assert.ok(Date.now() < limit, `timed out; seen: ${seen}`);
    await new Promise((resolve) => { changed = resolve; setTimeout(resolve, 200); });
  }
};
const path = `/apis/${group}/${version}/namespaces/${namespace}/loadbalancers`;
const informer = k8s.makeInformer(config, path, () => custom.listNamespacedCustomObject({ group, version, namespace, plural: 'loadbalancers' }));
for (const verb of ['add', 'update', 'delete']) {
  informer.on(verb, (object) => { seen.push(`${verb} ${object.metadata.name}`); changed(); });
}
informer.on('error', (error) => { if (error?.name !== 'AbortError') { seen.push(`error ${error}`); } });
await informer.start();

await custom.createNamespacedCustomObject({ group, version, namespace, plural: 'loadbalancers', body: lb('one', 80) });
await until(() => seen.includes('add one'));
await objects.create(lb('two', 81));
const read = await objects.read(lb('two', 81));
assert.equal(read.spec.ports[0].port, 81);
await objects.patch({ ...lb('two', 82) }, undefined, undefined, 'js', true, k8s.PatchStrategy.ServerSideApply);
await until(() => seen.includes('update two'));
await objects.patch({ apiVersion: read.apiVersion, kind: read.kind, metadata: { name: 'one', namespace, labels: { tier: 'js' } } }, undefined, undefined, undefined, undefined, k8s.PatchStrategy.MergePatch);
await until(() => seen.includes('update one'));
const list = await objects.list(`${group}/${version}`, 'LoadBalancer', namespace, undefined, undefined, undefined, undefined, 'tier=js');
assert.deepEqual(list.items.map((item) => item.metadata.name), ['one']);
await objects.delete(lb('one', 80));
await until(() => seen.includes('delete one'));
await informer.stop();
done('informer', seen);

const map = await core.createNamespacedConfigMap({ namespace, body: { metadata: { name: 'c' }, data: { a: '1' } } });
assert.equal(map.data.a, '1');
await core.replaceNamespacedConfigMap({ namespace, name: 'c', body: { ...map, data: { a: '2' } } });
await assert.rejects(core.replaceNamespacedConfigMap({ namespace, name: 'c', body: { ...map, data: { a: '3' } } }), (error) => error.code === 409);
await assert.rejects(core.readNamespacedConfigMap({ namespace, name: 'none' }), (error) => error.code === 404);
await core.createNamespacedSecret({ namespace, body: { metadata: { name: 's' }, stringData: { password: 'x' } } });
assert.equal((await core.readNamespacedSecret({ namespace, name: 's' })).data.password, Buffer.from('x').toString('base64'));
done('core', 'ok');

await core.deleteNamespace({ name: namespace });
done('end', 'ok');
process.exit(0);
