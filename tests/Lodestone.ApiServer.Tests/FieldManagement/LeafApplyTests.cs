namespace Lodestone.ApiServer.Tests.FieldManagement;

/// <summary>Applies and updates of single values (structured-merge-diff's merge/leaf).</summary>
public sealed class LeafApplyTests
{
    [Fact]
    public void Apply_Twice_SecondConfigurationReplacesTheFirst() =>
        new OwnedObject()
            .Apply("a", "{'number':1,'text':'x','flag':false}")
            .Apply("a", "{'number':2,'text':'x','flag':true}")
            .Is("{'number':2,'text':'x','flag':true}")
            .OwnedBy(("a", "{'f:flag':{},'f:number':{},'f:text':{}}"));

    [Fact]
    public void Apply_FieldLeftOut_IsRemoved() =>
        new OwnedObject()
            .Apply("a", "{'number':1,'text':'x'}")
            .Apply("a", "{'number':1}")
            .Is("{'number':1}")
            .OwnedBy(("a", "{'f:number':{}}"));

    [Fact]
    public void Apply_NothingLeft_RemovesAllAndTheManager() =>
        new OwnedObject().Apply("a", "{'number':1}").Apply("a", "{}").Is("null").OwnedBy();

    [Fact]
    public void Apply_TwiceTheSame_KeepsTime()
    {
        OwnedObject value = new OwnedObject().Apply("a", "{'number':1}");
        DateTimeOffset? time = value.Entries[0].Time;

        value.Apply("a", "{'number':1}");

        Assert.NotNull(time);
        Assert.Equal(time, Assert.Single(value.Entries).Time);
    }

    [Fact]
    public void Apply_WithChange_SetsTime()
    {
        OwnedObject value = new OwnedObject().Apply("a", "{'number':1}");
        DateTimeOffset? time = value.Entries[0].Time;

        Assert.True(value.Apply("a", "{'number':2}").Entries[0].Time > time);
    }

    [Fact]
    public void Apply_UpdateOfAnotherFieldBetween_NoConflict() =>
        new OwnedObject()
            .Apply("a", "{'number':1}")
            .Update("controller", "{'number':1,'text':'x'}")
            .Apply("a", "{'number':2}")
            .Is("{'number':2,'text':'x'}")
            .OwnedBy(("a", "{'f:number':{}}"), ("controller", "{'f:text':{}}"));

    [Fact]
    public void Update_OfAppliedField_TakesItOver() =>
        new OwnedObject()
            .Apply("a", "{'number':1,'text':'x'}")
            .Update("controller", "{'number':1,'text':'y'}")
            .OwnedBy(("a", "{'f:number':{}}"), ("controller", "{'f:text':{}}"));

    [Fact]
    public void Apply_UpdatedFieldWithAnotherValue_Conflicts() =>
        Assert.Equal(
            ["controller.text"],
            new OwnedObject()
                .Apply("a", "{'number':1,'text':'x'}")
                .Update("controller", "{'number':1,'text':'y'}")
                .Conflicts("a", "{'number':2,'text':'x'}"));

    [Fact]
    public void Apply_UpdatedFieldWithTheUpdatesValue_IsShared() =>
        new OwnedObject()
            .Apply("a", "{'text':'x'}")
            .Update("controller", "{'text':'y'}")
            .Apply("a", "{'text':'y'}")
            .Is("{'text':'y'}")
            .OwnedBy(("a", "{'f:text':{}}"), ("controller", "{'f:text':{}}"));

    [Fact]
    public void Apply_Forced_TakesTheField() =>
        new OwnedObject()
            .Apply("a", "{'number':1,'text':'x'}")
            .Update("controller", "{'number':1,'text':'y','flag':true}")
            .Apply("a", "{'number':2,'text':'z'}", force: true)
            .Is("{'number':2,'text':'z','flag':true}")
            .OwnedBy(("a", "{'f:number':{},'f:text':{}}"), ("controller", "{'f:flag':{}}"));

    [Fact]
    public void Apply_LeavesOutWhatAnUpdateTookOver_KeepsIt() =>
        new OwnedObject()
            .Apply("a", "{'number':1,'text':'x'}")
            .Update("controller", "{'number':1,'text':'y'}")
            .Apply("a", "{'number':1}")
            .Is("{'number':1,'text':'y'}")
            .OwnedBy(("a", "{'f:number':{}}"), ("controller", "{'f:text':{}}"));

    [Fact]
    public void Update_RemovesField_TakesItFromItsOwner() =>
        new OwnedObject()
            .Apply("a", "{'number':1,'text':'x'}")
            .Update("controller", "{'number':1}")
            .OwnedBy(("a", "{'f:number':{}}"));

    [Fact]
    public void Apply_FieldAnUpdateRemoved_SetsItAgain() =>
        new OwnedObject()
            .Apply("a", "{'number':1,'text':'x'}")
            .Update("controller", "{'number':1}")
            .Apply("a", "{'number':1,'text':'x'}")
            .Is("{'number':1,'text':'x'}")
            .OwnedBy(("a", "{'f:number':{},'f:text':{}}"));

    [Fact]
    public void Update_Nothing_LeavesOwnersAndTimes()
    {
        OwnedObject value = new OwnedObject().Apply("a", "{'number':1}");
        DateTimeOffset? time = value.Entries[0].Time;

        value.Update("controller", "{'number':1.0}").OwnedBy(("a", "{'f:number':{}}"));

        Assert.Equal(time, value.Entries[0].Time);
    }

    [Fact]
    public void Update_TwiceBySameManager_JoinsItsFields() =>
        new OwnedObject()
            .Update("u", "{'number':1}")
            .Update("u", "{'number':1,'text':'x'}")
            .Update("u", "{'text':'y'}")
            .OwnedBy(("u", "{'f:text':{}}"));

    [Fact]
    public void Apply_Null_OwnsTheFieldAndSetsIt() =>
        new OwnedObject().Apply("a", "{'text':null}").Is("{'text':null}").OwnedBy(("a", "{'f:text':{}}"));

    [Fact]
    public void Apply_ValueOfAnotherNumericForm_IsNoConflict() =>
        new OwnedObject().Apply("a", "{'number':1}").Apply("b", "{'number':1.0}").OwnedBy(("a", "{'f:number':{}}"), ("b", "{'f:number':{}}"));
}
