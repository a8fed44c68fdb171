using Lodestone.ApiServer.FieldManagement;

namespace Lodestone.ApiServer.Tests.FieldManagement;

/// <summary>Several managers and one object (structured-merge-diff's merge/multiple_appliers, duplicates, default_keys, atomic, obsolete versions, ignored fields).</summary>
public sealed class MultipleAppliersTests
{
    private const string Tcp80 = "k:{\\'port\\':80,\\'protocol\\':\\'TCP\\'}";

    [Fact]
    public void Apply_SameValue_IsShared() =>
        new OwnedObject()
            .Apply("one", "{'number':1}")
            .Apply("two", "{'number':1}")
            .OwnedBy(("one", "{'f:number':{}}"), ("two", "{'f:number':{}}"));

    [Fact]
    public void Apply_SharedValueChanged_ConflictsWithAllCoOwners() =>
        Assert.Equal(
            ["one.number", "three.number"],
            new OwnedObject()
                .Apply("one", "{'number':1}")
                .Apply("two", "{'number':1}")
                .Apply("three", "{'number':1}")
                .Conflicts("two", "{'number':2}"));

    [Fact]
    public void Apply_SharedValueLeftOut_StaysWithTheOthers() =>
        new OwnedObject()
            .Apply("one", "{'number':1,'text':'x'}")
            .Apply("two", "{'number':1}")
            .Apply("one", "{'text':'x'}")
            .Is("{'number':1,'text':'x'}")
            .OwnedBy(("one", "{'f:text':{}}"), ("two", "{'f:number':{}}"));

    [Fact]
    public void Apply_SharedWithUpdater_LeftOut_Stays() =>
        new OwnedObject()
            .Update("controller", "{'number':1}")
            .Apply("one", "{'number':1,'text':'x'}")
            .Apply("one", "{'text':'x'}")
            .Is("{'number':1,'text':'x'}")
            .OwnedBy(("one", "{'f:text':{}}"), ("controller", "{'f:number':{}}"));

    [Fact]
    public void Apply_ComplexShared_LeftOutByOne_KeepsTheOthersPart() =>
        new OwnedObject()
            .Apply("one", "{'struct':{'text':'a','number':1}}")
            .Apply("two", "{'struct':{'text':'a'}}")
            .Apply("one", "{'flag':true}")
            .Is("{'flag':true,'struct':{'text':'a'}}");

    [Fact]
    public void Apply_ForcedByAnother_RemovedFromAll() =>
        new OwnedObject()
            .Apply("one", "{'number':1}")
            .Apply("two", "{'number':1}")
            .Apply("three", "{'number':2}", force: true)
            .OwnedBy(("three", "{'f:number':{}}"));

    [Fact]
    public void Apply_RemovedField_IsTakenFromAnotherThatOwnedIt_OnlyWithItsWill() =>
        new OwnedObject()
            .Apply("one", "{'labels':{'a':'1'}}")
            .Apply("two", "{'labels':{'b':'2'}}")
            .Apply("one", "{'labels':{}}")
            .Is("{'labels':{'b':'2'}}")
            .OwnedBy(("one", "{'f:labels':{}}"), ("two", "{'f:labels':{'f:b':{}}}"));

    [Fact]
    public void Apply_AtomicMap_IsOwnedWhole()
    {
        OwnedObject value = new OwnedObject().Apply("one", "{'atomicMap':{'a':'1'}}");

        Assert.Equal(["one.atomicMap"], value.Conflicts("two", "{'atomicMap':{'b':'2'}}"));
        value.Apply("two", "{'atomicMap':{'b':'2'}}", force: true)
            .Is("{'atomicMap':{'b':'2'}}")
            .OwnedBy(("two", "{'f:atomicMap':{}}"));
    }

    [Fact]
    public void Apply_AtomicList_IsOwnedWhole()
    {
        OwnedObject value = new OwnedObject().Apply("one", "{'list':['a']}");

        Assert.Equal(["one.list"], value.Conflicts("two", "{'list':['a','b']}"));
        value.Apply("two", "{'list':['a']}").OwnedBy(("one", "{'f:list':{}}"), ("two", "{'f:list':{}}"));
    }

    [Fact]
    public void Apply_AtomicStructLeftOut_Goes() =>
        new OwnedObject().Apply("one", "{'flag':true,'atomicStruct':{'text':'a'}}").Apply("one", "{'flag':true}").Is("{'flag':true}");

    [Fact]
    public void Apply_UntypedValue_MapsAreGranularListsAtomic()
    {
        OwnedObject value = new OwnedObject()
            .Apply("one", "{'any':{'a':1,'l':[1]}}")
            .Apply("two", "{'any':{'b':{'c':2}}}")
            .Is("{'any':{'a':1,'l':[1],'b':{'c':2}}}");

        Assert.Equal(["one.any.l"], value.Conflicts("two", "{'any':{'b':{'c':2},'l':[2]}}"));
        value.Apply("one", "{'flag':true}").Is("{'flag':true,'any':{'b':{'c':2}}}");
    }

    [Fact]
    public void Apply_UntypedValueOfAnotherType_ConflictsWithTheOwner() =>
        Assert.Equal(["one.any"], new OwnedObject().Apply("one", "{'any':1}").Conflicts("two", "{'any':{'a':1}}"));

    [Fact]
    public void Apply_PreservedUnknownFields_AreOwned() =>
        new OwnedObject()
            .Apply("one", "{'open':{'known':1,'x':{'y':2}}}")
            .OwnedBy(("one", "{'f:open':{'f:known':{},'f:x':{'.':{},'f:y':{}}}}"))
            .Apply("one", "{'open':{'known':1}}")
            .Is("{'open':{'known':1}}");

    [Fact]
    public void Apply_MissingKeyWithDefault_IsTheDefaultsItem() =>
        new OwnedObject()
            .Apply("one", "{'ports':[{'port':80}]}")
            .OwnedBy(("one", $"{{'f:ports':{{'{Tcp80}':{{'.':{{}},'f:port':{{}}}}}}}}"))
            .Apply("two", "{'ports':[{'port':80,'protocol':'TCP','name':'web'},{'port':80,'protocol':'UDP'}]}")
            .Is("{'ports':[{'port':80,'protocol':'TCP','name':'web'},{'port':80,'protocol':'UDP'}]}");

    [Fact]
    public void Apply_MissingKeyWithDefault_ConflictsOnTheDefaultsItem() =>
        Assert.Equal(
            ["one.ports[port=80,protocol=\"TCP\"].name"],
            new OwnedObject().Apply("one", "{'ports':[{'port':80,'name':'a'}]}").Conflicts("two", "{'ports':[{'port':80,'protocol':'TCP','name':'b'}]}"));

    [Fact]
    public void Apply_KeyOfAnotherNumericForm_IsTheSameItem() =>
        new OwnedObject()
            .Apply("one", "{'ports':[{'port':80}]}")
            .Apply("two", "{'ports':[{'port':80.0,'name':'x'}]}")
            .Is("{'ports':[{'port':80,'name':'x'}]}");

    [Fact]
    public void Update_DuplicateItems_AreOwnedAsOne() =>
        new OwnedObject()
            .Update("controller", "{'set':['a','a','b']}")
            .OwnedBy(("controller", "{'f:set':{'.':{},'v:\\'a\\'':{},'v:\\'b\\'':{}}}"));

    [Fact]
    public void Apply_BesideDuplicatesOfAnother_LeavesThem() =>
        new OwnedObject()
            .Update("controller", "{'set':['a','a']}")
            .Apply("one", "{'set':['b']}")
            .IsExactly("{'set':['a','a','b']}")
            .OwnedBy(("controller", "{'f:set':{'.':{},'v:\\'a\\'':{}}}"), ("one", "{'f:set':{'v:\\'b\\'':{}}}"));

    [Fact]
    public void Apply_ItemThatIsThereTwice_ConflictsAndReplacesBoth()
    {
        OwnedObject value = new OwnedObject().Update("controller", "{'items':[{'name':'a','value':1},{'name':'a','value':2}]}");

        // Both items are gone and one is new: the item itself changed hands.
        Assert.Equal(["controller.items[name=\"a\"]"], value.Conflicts("one", "{'items':[{'name':'a','value':3}]}"));
        value.Apply("one", "{'items':[{'name':'a','value':3}]}", force: true).Is("{'items':[{'name':'a','value':3}]}");
    }

    [Fact]
    public void Apply_UnrelatedField_LeavesDuplicates() =>
        new OwnedObject()
            .Update("controller", "{'items':[{'name':'a','value':1},{'name':'a','value':2}]}")
            .Apply("one", "{'text':'x'}")
            .Is("{'text':'x','items':[{'name':'a','value':1},{'name':'a','value':2}]}");

    [Fact]
    public void Apply_EntryOfAnotherVersion_IsDropped() =>
        new OwnedObject()
            .WithLive("{'number':1,'text':'x'}")
            .With("old", ManagerOperation.Apply, "{'f:number':{}}", "v1beta1")
            .With("old-update", ManagerOperation.Update, "{'f:text':{}}", "v1beta1")
            .Apply("one", "{'number':2,'text':'y'}")
            .Is("{'number':2,'text':'y'}")
            .OwnedBy(("one", "{'f:number':{},'f:text':{}}"));

    [Fact]
    public void Update_EntryOfAnotherVersion_IsDropped() =>
        new OwnedObject()
            .WithLive("{'number':1}")
            .With("old", ManagerOperation.Update, "{'f:number':{}}", "v1beta1")
            .Update("controller", "{'number':1,'text':'x'}")
            .OwnedBy(("controller", "{'f:text':{}}"));

    [Fact]
    public void Apply_ResetField_IsNeitherOwnedNorInConflict() =>
        new OwnedObject(Sample.Schema, Sample.Fields("struct"))
            .Apply("one", "{'text':'x','struct':{'text':'a'}}")
            .OwnedBy(("one", "{'f:text':{}}"))
            .Apply("two", "{'struct':{'text':'b','inner':{'number':1}}}")
            .OwnedBy(("one", "{'f:text':{}}"));

    [Fact]
    public void Update_ResetField_IsNotOwned() =>
        new OwnedObject(Sample.Schema, Sample.Fields("struct.inner"))
            .Update("controller", "{'struct':{'text':'a','inner':{'text':'b'}}}")
            .OwnedBy(("controller", "{'f:struct':{'.':{},'f:text':{}}}"));

    [Fact]
    public void Apply_SameManagerAppliesAndUpdates_AreTwo() =>
        Assert.Equal(
            ["x.number"],
            new OwnedObject().Update("x", "{'number':1}").Conflicts("x", "{'number':2}"));
}
