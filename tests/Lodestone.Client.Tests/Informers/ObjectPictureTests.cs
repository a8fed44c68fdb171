using CsCheck;
using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Client.Informers;
using Xunit;

namespace Lodestone.Client.Tests.Informers;

/// <summary>What has changed between any two pictures is known, whichever way one came from the other.</summary>
public sealed class ObjectPictureTests
{
    /// <summary>Pictures that follow one another, new lists among them, and branches of older ones.</summary>
    [Fact]
    public void ChangesSince_AnyTwoPictures_AreTheObjectsThatDiffer() => Gen.Int.Sample(
        seed =>
        {
            var random = new Random(seed);
            List<ObjectPicture<Network>> pictures = [ObjectPicture<Network>.Empty];
            for (int i = 0; i < 30; i++)
            {
                ObjectPicture<Network> from = random.Next(4) == 0 ? pictures[random.Next(pictures.Count)] : pictures[^1];
                Network item = NetworkOf(random.Next(6));
                pictures.Add(random.Next(8) switch
                {
                    0 => ObjectPicture<Network>.Of(from),
                    1 => ObjectPicture<Network>.Of(from.Select(old => NetworkOf(old.Metadata.Name!))),
                    2 or 3 => from.Without(item.Key),
                    _ => from.With(item),
                });
            }

            foreach (ObjectPicture<Network> before in pictures)
            {
                foreach (ObjectPicture<Network> after in pictures)
                {
                    Assert.Equal(Differing(before, after), Sorted(after.ChangesSince(before)));
                }
            }
        },
        iter: 100);

    [Fact]
    public void ChangesSince_OneOfManyChanges_LooksAtNoOther()
    {
        var before = ObjectPicture<Network>.Of(Enumerable.Range(0, 10_000).Select(NetworkOf));
        ObjectPicture<Network> after = before.With(NetworkOf(7)).Without(NetworkOf(8).Key);
        after.ChangesSince(before);

        long allocated = GC.GetAllocatedBytesForCurrentThread();
        IReadOnlyList<(Network? Old, Network? New)> changes = after.ChangesSince(before);
        allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;

        Assert.Equal(["n-7", "n-8"], changes.Select(change => (change.New ?? change.Old)!.Metadata.Name).Order(StringComparer.Ordinal));
        Assert.InRange(allocated, 0, 2000);
    }

    private static Network NetworkOf(int i) => NetworkOf($"n-{i}");

    private static Network NetworkOf(string name) => new() { Metadata = new ObjectMeta { Namespace = "default", Name = name } };

    private static List<(ObjectKey Key, Network? Old, Network? New)> Differing(ObjectPicture<Network> before, ObjectPicture<Network> after) =>
    [
        .. before.Concat(after).Select(item => item.Key).Distinct().OrderBy(key => key.Name, StringComparer.Ordinal)
            .Select(key => (key, before.Find(key), after.Find(key)))
            .Where(change => !ReferenceEquals(change.Item2, change.Item3)),
    ];

    private static List<(ObjectKey Key, Network? Old, Network? New)> Sorted(IEnumerable<(Network? Old, Network? New)> changes) =>
        [.. changes.Select(change => ((change.New ?? change.Old)!.Key, change.Old, change.New)).OrderBy(change => change.Key.Name, StringComparer.Ordinal)];
}
