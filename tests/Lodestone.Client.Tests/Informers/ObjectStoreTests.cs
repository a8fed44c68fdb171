using CsCheck;
using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Client.Informers;
using Xunit;

namespace Lodestone.Client.Tests.Informers;

public sealed class ObjectStoreTests
{
    /// <summary>However objects come, change and go: an index finds the latest state of exactly those for which its function gives the value, and older pictures stay as they were.</summary>
    [Fact]
    public void ByIndex_AnySequence_FindsWhatLookingAtAllFinds() =>
        Gen.Select(Gen.Int[0, 5], Gen.Int[0, 3], Gen.Int[0, 3], Gen.Int[0, 3]).Array[1, 40].Sample(steps =>
        {
            ObjectStore<NetworkInterface> store = ObjectStore<NetworkInterface>.Empty.WithIndex("label", n => (n.Metadata.Labels ?? []).Values.Distinct());
            var all = new Dictionary<ObjectKey, NetworkInterface>();
            var pictures = new List<(ObjectStore<NetworkInterface> Store, Dictionary<ObjectKey, NetworkInterface> All)>();
            int version = 0;
            foreach ((int number, int one, int two, int kind) in steps)
            {
                var nic = new NetworkInterface
                {
                    Metadata = new ObjectMeta
                    {
                        Namespace = "default",
                        Name = $"n{number}",
                        ResourceVersion = $"{++version}",
                        Labels = new Dictionary<string, string> { ["one"] = $"v{one}", ["two"] = $"v{two}" },
                    },
                };
                if (kind == 0)
                {
                    store = store.Without(nic.Key);
                    all.Remove(nic.Key);
                }
                else
                {
                    store = kind == 1 ? store.ReplacedBy([.. all.Values.Where(n => n.Key != nic.Key), nic]) : store.With(nic);
                    all[nic.Key] = nic;
                }

                pictures.Add((store, new Dictionary<ObjectKey, NetworkInterface>(all)));
            }

            return pictures.TrueForAll(p => Enumerable.Range(0, 4).All(v => Same(p.Store, p.All, $"v{v}")));
        });

    private static bool Same(ObjectStore<NetworkInterface> store, Dictionary<ObjectKey, NetworkInterface> all, string value)
    {
        IReadOnlyCollection<NetworkInterface> found = store.ByIndex("label", value);
        string[] expected = [.. all.Values.Where(n => n.Metadata.Labels!.ContainsValue(value)).Select(n => $"{n.Key}@{n.Metadata.ResourceVersion}").Order()];
        return found.Count == expected.Length && found.Select(n => $"{n.Key}@{n.Metadata.ResourceVersion}").Order().SequenceEqual(expected);
    }
}
