using Lodestone.ApiServer.FieldManagement;

namespace Lodestone.ApiServer.Tests.FieldManagement;

/// <summary>Applies of sets and of lists with keys (structured-merge-diff's merge/set, merge/key and merge/nested).</summary>
public sealed class ListApplyTests
{
    private const string A = "k:{\\'name\\':\\'a\\'}";
    private const string B = "k:{\\'name\\':\\'b\\'}";

    [Fact]
    public void Apply_Set_ItemsAreOwnedOneByOne() =>
        new OwnedObject()
            .Apply("one", "{'set':['a','b']}")
            .Apply("two", "{'set':['b','c']}")
            .IsExactly("{'set':['a','b','c']}")
            .OwnedBy(("one", "{'f:set':{'v:\\'a\\'':{},'v:\\'b\\'':{}}}"), ("two", "{'f:set':{'v:\\'b\\'':{},'v:\\'c\\'':{}}}"));

    [Fact]
    public void Apply_SetItemLeftOut_GoesUnlessShared() =>
        new OwnedObject()
            .Apply("one", "{'set':['a','b']}")
            .Apply("two", "{'set':['b','c']}")
            .Apply("one", "{'set':[]}")
            .IsExactly("{'set':['b','c']}")
            .OwnedBy(("two", "{'f:set':{'v:\\'b\\'':{},'v:\\'c\\'':{}}}"));

    [Fact]
    public void Apply_SetInAnotherOrder_IsReordered() =>
        new OwnedObject()
            .Apply("one", "{'set':['a','b','c']}")
            .Apply("one", "{'set':['c','a','b']}")
            .IsExactly("{'set':['c','a','b']}");

    [Fact]
    public void Apply_SetOfAnotherInBetween_OnesOrderHolds() =>
        new OwnedObject()
            .Apply("one", "{'set':['a','c','e']}")
            .Apply("two", "{'set':['b','c','d']}")
            .Apply("one", "{'set':['e','c','a']}")
            .IsExactly("{'set':['b','e','d','c','a']}");

    [Fact]
    public void Update_Set_RemovedItemIsNobodys() =>
        new OwnedObject()
            .Apply("one", "{'set':['a','b']}")
            .Update("controller", "{'set':['b','c']}")
            .OwnedBy(("one", "{'f:set':{'v:\\'b\\'':{}}}"), ("controller", "{'f:set':{'v:\\'c\\'':{}}}"));

    [Fact]
    public void Apply_Numbers_AreKnownByValue() =>
        new OwnedObject().Apply("one", "{'numbers':[1]}").Apply("two", "{'numbers':[1.0,2]}").Is("{'numbers':[1,2]}");

    [Fact]
    public void Apply_KeyedItems_MembersAreOwnedOneByOne() =>
        new OwnedObject()
            .Apply("one", "{'items':[{'name':'a','value':1}]}")
            .Apply("two", "{'items':[{'name':'a','labels':{'x':'y'}},{'name':'b'}]}")
            .Is("{'items':[{'name':'a','value':1,'labels':{'x':'y'}},{'name':'b'}]}")
            .OwnedBy(
                ("one", $"{{'f:items':{{'{A}':{{'.':{{}},'f:name':{{}},'f:value':{{}}}}}}}}"),
                ("two", $"{{'f:items':{{'{A}':{{'.':{{}},'f:name':{{}},'f:labels':{{'f:x':{{}}}}}},'{B}':{{'.':{{}},'f:name':{{}}}}}}}}"));

    [Fact]
    public void Apply_KeyedItemLeftOutByOneOfTwo_KeepsTheOthersPart() =>
        new OwnedObject()
            .Apply("one", "{'items':[{'name':'a','value':1}]}")
            .Apply("two", "{'items':[{'name':'a','labels':{'x':'y'}}]}")
            .Apply("one", "{}")
            .Is("{'items':[{'name':'a','labels':{'x':'y'}}]}")
            .OwnedBy(("two", $"{{'f:items':{{'{A}':{{'.':{{}},'f:name':{{}},'f:labels':{{'f:x':{{}}}}}}}}}}"));

    [Fact]
    public void Apply_KeyedItemLeftOutByItsOnlyOwner_Goes() =>
        new OwnedObject()
            .Apply("one", "{'items':[{'name':'a','value':1},{'name':'b','value':2}]}")
            .Apply("one", "{'items':[{'name':'b','value':2}]}")
            .IsExactly("{'items':[{'name':'b','value':2}]}");

    [Fact]
    public void Apply_KeyedItems_AnotherValueConflicts() =>
        Assert.Equal(
            ["one.items[name=\"a\"].value"],
            new OwnedObject().Apply("one", "{'items':[{'name':'a','value':1}]}").Conflicts("two", "{'items':[{'name':'a','value':2}]}"));

    [Fact]
    public void Apply_KeyedItemsReordered_KeepsTheirContent() =>
        new OwnedObject()
            .Apply("one", "{'items':[{'name':'a','value':1},{'name':'b','value':2}]}")
            .Apply("one", "{'items':[{'name':'b','value':2},{'name':'a','value':1}]}")
            .IsExactly("{'items':[{'name':'b','value':2},{'name':'a','value':1}]}");

    [Fact]
    public void Apply_NestedItemLeftOut_OnlyThatGoes() =>
        new OwnedObject()
            .Apply("one", "{'items':[{'name':'a','list':[{'name':'x','value':1},{'name':'y','value':2}]}]}")
            .Apply("one", "{'items':[{'name':'a','list':[{'name':'y','value':2}]}]}")
            .Is("{'items':[{'name':'a','list':[{'name':'y','value':2}]}]}");

    [Fact]
    public void Apply_NestedList_LastItemLeftOut_TheListGoes() =>
        new OwnedObject()
            .Apply("one", "{'items':[{'name':'a','list':[{'name':'x'}]}]}")
            .Apply("one", "{'items':[{'name':'a'}]}")
            .Is("{'items':[{'name':'a'}]}");

    [Fact]
    public void Apply_NestedOwnedByAnother_OuterItemStays() =>
        new OwnedObject()
            .Apply("one", "{'items':[{'name':'a','value':1}]}")
            .Apply("two", "{'items':[{'name':'a','set':['x']}]}")
            .Apply("two", "{}")
            .Is("{'items':[{'name':'a','value':1}]}");

    [Fact]
    public void Apply_MapOfStructs_EntriesGoWithTheirOwner() =>
        new OwnedObject()
            .Apply("one", "{'structs':{'a':{'value':1},'b':{'value':2}}}")
            .Apply("two", "{'structs':{'b':{'labels':{'x':'y'}}}}")
            .Apply("one", "{'flag':true}")
            .Is("{'flag':true,'structs':{'b':{'labels':{'x':'y'}}}}");

    [Fact]
    public void Apply_StructLeftOut_GoesAsAWhole() =>
        new OwnedObject()
            .Apply("one", "{'flag':true,'struct':{'text':'a','inner':{'text':'b'}}}")
            .Apply("one", "{'flag':true}")
            .Is("{'flag':true}");

    [Fact]
    public void Apply_FieldLeftOut_NobodysFieldBesideItStays() =>
        new OwnedObject()
            .WithLive("{'struct':{'text':'a','number':5}}")
            .With("one", ManagerOperation.Apply, "{'f:struct':{'f:text':{}}}")
            .Apply("one", "{'struct':{'inner':{'text':'b'}}}")
            .Is("{'struct':{'number':5,'inner':{'text':'b'}}}");

    [Fact]
    public void Apply_StructLeftOut_NobodysFieldGoesWithIt() =>
        new OwnedObject()
            .WithLive("{'struct':{'text':'a','number':5}}")
            .With("one", ManagerOperation.Apply, "{'f:struct':{'f:text':{}}}")
            .Apply("one", "{'flag':true}")
            .Is("{'flag':true}");

    [Fact]
    public void Apply_StructBecomesNull_ItsFieldGoesAndItIsKept() =>
        new OwnedObject()
            .Apply("one", "{'struct':{'text':'a'}}")
            .Apply("one", "{'struct':null}")
            .Is("{'struct':null}")
            .OwnedBy(("one", "{'f:struct':{}}"));

    [Fact]
    public void Apply_StructLeftOut_FieldThatAnUpdaterTookOverStays() =>
        new OwnedObject()
            .Apply("one", "{'struct':{'text':'a','number':1}}")
            .Update("controller", "{'struct':{'text':'a','number':2}}")
            .Apply("one", "{'flag':true}")
            .Is("{'flag':true,'struct':{'number':2}}")
            .OwnedBy(("one", "{'f:flag':{}}"), ("controller", "{'f:struct':{'f:number':{}}}"));

    [Fact]
    public void Apply_ListItemWithUnownedContent_ItemGoesWithItsOwner() =>
        new OwnedObject()
            .WithLive("{'items':[{'name':'a','value':1,'labels':{'x':'y'}}]}")
            .With("one", ManagerOperation.Apply, $"{{'f:items':{{'{A}':{{'.':{{}},'f:name':{{}},'f:value':{{}}}}}}}}")
            .Apply("one", "{'flag':true}")
            .Is("{'flag':true}");

    [Fact]
    public void Apply_EmptyStruct_IsOwnedAndGoes() =>
        new OwnedObject()
            .Apply("one", "{'struct':{}}")
            .OwnedBy(("one", "{'f:struct':{}}"))
            .Is("{'struct':{}}")
            .Apply("one", "{'flag':true}")
            .Is("{'flag':true}");

    [Fact]
    public void Apply_NullStruct_IsOwnedAndLeavesOthersContent() =>
        new OwnedObject()
            .Apply("one", "{'struct':{'text':'a'}}")
            .Apply("two", "{'struct':null}")
            .Is("{'struct':{'text':'a'}}")
            .OwnedBy(("one", "{'f:struct':{'f:text':{}}}"), ("two", "{'f:struct':{}}"));
}
