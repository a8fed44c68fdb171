using System.Globalization;
using System.Text.Json.Nodes;
using CsCheck;

namespace Lodestone.ApiServer.Tests.GarbageCollection;

/// <summary>Whatever owns whatever, in whatever cycles, and however things are deleted: the collector ends where the rules say.</summary>
public sealed class OwnershipPropertyTests(ITestOutputHelper output)
{
    private static readonly string[] Policies = ["Background", "Foreground", "Orphan"];

    /// <summary>A step: what is done, to which object, with which owners (a bit each; the highest is one that never was), blocking or not.</summary>
    private static readonly Gen<(int Action, int Object, int Owners, bool Blocks)[]> Steps =
        Gen.Select(Gen.Int[0, 5], Gen.Int[0, 7], Gen.Int[0, 31], Gen.Bool).Array[4, 25];

    [Fact]
    public async Task Collector_AnyOwnership_EndsWhereTheRulesSay()
    {
        await using TestServer server = await TestServer.StartAsync();
        int rounds = 0;
        await Steps.SampleAsync(
            async steps =>
            {
                string ns = string.Create(CultureInfo.InvariantCulture, $"p{Interlocked.Increment(ref rounds)}");
                (await server.Admin.PostAsync("/api/v1/namespaces", $$"""{"metadata":{"name":"{{ns}}"} }""")).Expect(201);
                await CheckAsync(server, Owned.Leases(ns), steps);
            },
            iter: 50,
            threads: 1,
            writeLine: output.WriteLine);
    }

    private static async Task CheckAsync(TestServer server, string path, (int Action, int Object, int Owners, bool Blocks)[] steps)
    {
        var model = new OwnershipModel();
        var known = new List<(string Name, string Uid)>();
        foreach ((int action, int number, int owners, bool blocks) in steps)
        {
            List<(string Name, string Uid)> owning = [.. known.TakeLast(4).Where((_, i) => (owners & (1 << i)) != 0)];
            if ((owners & 16) != 0)
            {
                owning.Add(("nobody", Guid.NewGuid().ToString()));
            }

            string references = string.Join(',', owning.Select(o => Owned.Reference("Lease", o.Name, o.Uid, "coordination.k8s.io/v1", blocks)));
            (string Name, string Uid)[] living = [.. known.Where(k => model.Uids.Contains(k.Uid))];
            if (action <= 2 || living.Length == 0)
            {
                string name = string.Create(CultureInfo.InvariantCulture, $"o{known.Count}");
                string uid = (await server.Admin.PostAsync(path, Owned.Lease(name, references))).Expect(201).Uid;
                known.Add((name, uid));
                model.Set(uid, owning.Select(o => o.Uid));
            }
            else if (action == 3)
            {
                // This makes cycles.
                (string name, string uid) = living[number % living.Length];
                (await server.Admin.MergePatchAsync($"{path}/{name}", $$$"""{"metadata":{"ownerReferences":[{{{references}}}]} }""")).Expect(200);
                model.Set(uid, owning.Select(o => o.Uid));
            }
            else
            {
                (string name, string uid) = living[number % living.Length];
                string policy = Policies[owners % 3];
                (await server.Admin.DeleteAsync($"{path}/{name}", $$$"""{"propagationPolicy":"{{{policy}}}"}""")).Expect(200);
                model.Delete(uid, policy == "Orphan");
            }

            await server.Server.UntilAsync(async () => await ObjectsAsync(server.Admin, path) == model.Text);
        }
    }

    private static async Task<string> ObjectsAsync(ApiClient admin, string path) => OwnershipModel.Describe(
        ((JsonArray)(await admin.GetAsync(path)).Expect(200).Json["items"]!).Select(i => (
            (string)i!["metadata"]!["uid"]!,
            i["metadata"]!["ownerReferences"] is JsonArray owners ? owners.Select(o => (string)o!["uid"]!) : [])));
}
