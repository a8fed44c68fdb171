using Lodestone.Api.Schemas;

namespace Lodestone.ApiServer.Tests.FieldManagement;

/// <summary>A field's shape changes from one release to the next (structured-merge-diff's merge/schema_change).</summary>
public sealed class SchemaChangeTests
{
    private static readonly Schema Granular = Root(new() { Type = SchemaType.Object, AdditionalProperties = Schema.String }, Schema.SetOf(Schema.String));
    private static readonly Schema Atomic = Root(new() { Type = SchemaType.Object, MapType = "atomic", AdditionalProperties = Schema.String }, Schema.ListOf(Schema.String));

    [Fact]
    public void GranularBecomesAtomic_WhoOwnedAPartOwnsTheWhole()
    {
        OwnedObject value = new OwnedObject(Granular)
            .Apply("one", "{'map':{'a':'1'},'list':['x']}")
            .Apply("two", "{'map':{'b':'2'}}")
            .Under(Atomic);

        Assert.Equal(["one.map"], value.Conflicts("two", "{'map':{'b':'3'}}"));
        value.Apply("two", "{'map':{'b':'3'}}", force: true)
            .Is("{'map':{'b':'3'},'list':['x']}")
            .OwnedBy(("one", "{'f:list':{}}"), ("two", "{'f:map':{}}"));
    }

    [Fact]
    public void AtomicBecomesGranular_TheFieldStaysOwned() =>
        new OwnedObject(Atomic)
            .Apply("one", "{'map':{'a':'1'},'list':['x']}")
            .Under(Granular)
            .Apply("two", "{'map':{'b':'2'},'list':['y']}")
            .Is("{'map':{'a':'1','b':'2'},'list':['x','y']}")
            .OwnedBy(("one", "{'f:list':{},'f:map':{}}"), ("two", "{'f:list':{'v:\\'y\\'':{}},'f:map':{'f:b':{}}}"));

    [Fact]
    public void AtomicBecomesGranular_ReappliedByItsOwner_OwnsTheParts() =>
        new OwnedObject(Atomic)
            .Apply("one", "{'map':{'a':'1'}}")
            .Under(Granular)
            .Apply("one", "{'map':{'a':'1'}}")
            .Is("{'map':{'a':'1'}}")
            .OwnedBy(("one", "{'f:map':{'f:a':{}}}"));

    [Fact]
    public void Unchanged_SetsStay() =>
        new OwnedObject(Granular)
            .Apply("one", "{'map':{'a':'1'},'list':['x']}")
            .Under(Granular)
            .Update("controller", "{'map':{'a':'1'},'list':['x','y']}")
            .OwnedBy(("one", "{'f:list':{'v:\\'x\\'':{}},'f:map':{'f:a':{}}}"), ("controller", "{'f:list':{'v:\\'y\\'':{}}}"));

    private static Schema Root(Schema map, Schema list) => new() { Type = SchemaType.Object, Properties = [new("map", map, ""), new("list", list, "")] };
}
