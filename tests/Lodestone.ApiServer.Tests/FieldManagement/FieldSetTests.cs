using Lodestone.ApiServer.FieldManagement;
using Lodestone.ApiServer.Json;

namespace Lodestone.ApiServer.Tests.FieldManagement;

public sealed class FieldSetTests
{
    [Theory]
    [InlineData("a b", "b c", "a b c")]
    [InlineData("a.b", "a", "a a.b")]
    [InlineData("a.b a.c", "a.c a.d.e", "a.b a.c a.d.e")]
    [InlineData("", "a", "a")]
    public void Union_TwoSets_HasTheMembersOfBoth(string left, string right, string expected) =>
        Assert.Equal(Sample.Fields(expected), Sample.Fields(left).Union(Sample.Fields(right)));

    [Theory]
    [InlineData("a b", "b c", "b")]
    [InlineData("a a.b", "a", "a")]
    [InlineData("a.b.c a.b.d", "a.b.d a.b", "a.b.d")]
    [InlineData("a.b", "a.c", "")]
    public void Intersect_TwoSets_HasTheSharedMembers(string left, string right, string expected) =>
        Assert.Equal(Sample.Fields(expected), Sample.Fields(left).Intersect(Sample.Fields(right)));

    [Theory]
    [InlineData("a b c", "b", "a c")]
    [InlineData("a a.b", "a", "a.b")]
    [InlineData("a a.b", "a.b", "a")]
    [InlineData("a.b.c", "a.b.c", "")]
    [InlineData("a.b.c", "a.b", "a.b.c")]
    public void Except_TwoSets_TakesExactlyTheMembers(string left, string right, string expected) =>
        Assert.Equal(Sample.Fields(expected), Sample.Fields(left).Except(Sample.Fields(right)));

    [Theory]
    [InlineData("a a.b a.b.c", "a", "")]
    [InlineData("a.b a.b.c d", "a.b", "d")]
    [InlineData("a a.b.c", "a.b", "a")]
    [InlineData("a.b", "a.b.c", "a.b")]
    public void ExceptWithin_TwoSets_TakesWhatIsBelowToo(string left, string right, string expected) =>
        Assert.Equal(Sample.Fields(expected), Sample.Fields(left).ExceptWithin(Sample.Fields(right)));

    [Fact]
    public void Has_Paths_AreMembersOnlyThemselves()
    {
        FieldSet set = Sample.Fields("a.b c");

        Assert.True(set.Has([PathElement.Field("a"), PathElement.Field("b")]));
        Assert.True(set.Has([PathElement.Field("c")]));
        Assert.False(set.Has([PathElement.Field("a")]));
        Assert.False(set.Has([PathElement.Field("a"), PathElement.Field("b"), PathElement.Field("c")]));
        Assert.False(set.Has([]));
        Assert.Equal(2, set.Count);
    }

    [Fact]
    public void Find_Child_IsWhatLiesBelowAnElement()
    {
        FieldNode node = Sample.Fields("a a.b a.c d").Find(PathElement.Field("a"));

        Assert.True(node.IsMember);
        Assert.Equal(Sample.Fields("b c"), node.Children);
        Assert.True(Sample.Fields("a").Find(PathElement.Field("x")).IsEmpty);
    }

    [Theory]
    [InlineData("{'f:struct':{'f:inner':{'f:text':{}}}}", "{'f:struct':{'.':{},'f:inner':{'.':{},'f:text':{}}}}")]
    [InlineData("{'f:labels':{'f:a':{}}}", "{'f:labels':{'.':{},'f:a':{}}}")]
    [InlineData("{'f:structs':{'f:a':{'f:labels':{'f:b':{}}}}}", "{'f:structs':{'.':{},'f:a':{'f:labels':{'.':{},'f:b':{}}}}}")]
    [InlineData("{'f:items':{'k:{\\'name\\':\\'a\\'}':{'f:list':{'k:{\\'name\\':\\'b\\'}':{'f:value':{}}}}}}", "{'f:items':{'.':{},'k:{\\'name\\':\\'a\\'}':{'f:list':{'.':{},'k:{\\'name\\':\\'b\\'}':{'f:value':{}}}}}}")]
    public void WithNamedFields_FieldsOfStructs_BecomeMembersButKeysOfMapsAndItemsDoNot(string set, string expected) =>
        Assert.Equal(Sample.Json(expected), Sample.Text(Sample.Set(set).WithNamedFields(Sample.Schema)));

    [Fact]
    public void CompareTo_Elements_FieldsThenKeysThenValuesThenIndexes()
    {
        PathElement[] sorted =
        [
            PathElement.Field("a"),
            PathElement.Field("b"),
            PathElement.Key(new KeyValuePair<string, Value>("name", Value.Of("a"))),
            PathElement.Key(new KeyValuePair<string, Value>("name", Value.Of("b"))),
            PathElement.Key(new("name", Value.Of("b")), new("port", Value.Of(1))),
            PathElement.Key(new KeyValuePair<string, Value>("port", Value.Of(1))),
            PathElement.Item(Value.Of(1)),
            PathElement.Item(Value.Of("a")),
            PathElement.Index(1),
            PathElement.Index(2),
        ];
        PathElement[] elements = [.. sorted.Reverse()];

        Array.Sort(elements);

        Assert.Equal(sorted, elements);
    }
}
