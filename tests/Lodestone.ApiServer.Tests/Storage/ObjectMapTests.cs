using CsCheck;
using Lodestone.ApiServer.Storage;

namespace Lodestone.ApiServer.Tests.Storage;

public sealed class ObjectMapTests
{
    [Fact]
    public void Map_AnySequenceOfChanges_EqualsASortedDictionary() =>
        Gen.Select(Gen.Int[0, 400], Gen.Bool).Array[0, 1500].Sample(changes =>
        {
            var model = new SortedDictionary<string, StoredObject>(StringComparer.Ordinal);
            ObjectMap map = ObjectMap.Empty;
            foreach ((int number, bool set) in changes)
            {
                StoredObject item = StoredObject.Create(Objects.Draft($"o{number}").Summary, Objects.Draft($"o{number}").Json.Span, number + 1);
                if (set)
                {
                    model[item.Key] = item;
                    map = map.Set(item);
                }
                else
                {
                    model.Remove(item.Key);
                    map = map.Remove(item.Key);
                }
            }

            string from = "default/o2", to = "default/o33";
            return map.Count == model.Count
                && List(map.Between("", null)).SequenceEqual(model.Values)
                && List(map.Between(from, to)).SequenceEqual(model.Values.Where(o =>
                    string.CompareOrdinal(o.Key, from) >= 0 && string.CompareOrdinal(o.Key, to) < 0))
                && map.Rank(to) == model.Keys.Count(k => string.CompareOrdinal(k, to) < 0)
                && model.All(pair => map.Find(pair.Key) == pair.Value);
        }, iter: 100);

    [Fact]
    public void Set_OnASharedMap_LeavesTheOldOneAsItWas()
    {
        ObjectMap map = ObjectMap.Empty;
        for (int i = 0; i < 500; i++)
        {
            map = map.Set(Item(i));
        }

        ObjectMap other = map.Remove("default/o7").Set(Item(1000));

        Assert.Equal(500, map.Count);
        Assert.NotNull(map.Find("default/o7"));
        Assert.Null(map.Find("default/o1000"));
        Assert.Equal(500, other.Count);
    }

    private static StoredObject Item(int number) =>
        StoredObject.Create(Objects.Draft($"o{number}").Summary, Objects.Draft($"o{number}").Json.Span, number + 1);

    private static List<StoredObject> List(ObjectMap.Range range)
    {
        var items = new List<StoredObject>();
        foreach (StoredObject item in range)
        {
            items.Add(item);
        }

        return items;
    }
}
