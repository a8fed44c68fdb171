using Lodestone.ApiServer.FieldManagement;
using Lodestone.ApiServer.Json;

namespace Lodestone.ApiServer.Tests.FieldManagement;

public sealed class ConflictTextTests
{
    private static readonly FieldConflict Update = new(ManagerId.Updater("controller", "v1", ""), [PathElement.Field("spec"), PathElement.Field("type")]);
    private static readonly FieldConflict Apply = new(
        ManagerId.Applier("alice", ""),
        [PathElement.Field("spec"), PathElement.Field("ports"), PathElement.Key(new("protocol", Value.Of("TCP")), new("port", Value.Of(80)))]);

    [Fact]
    public void Message_OneConflict_IsOnOneLine() =>
        Assert.Equal("Apply failed with 1 conflict: conflict with \"controller\" using v1: .spec.type", new FieldConflictException([Update]).Message);

    [Fact]
    public void Message_Several_AreGroupedByManager() =>
        Assert.Equal(
            "Apply failed with 3 conflicts: conflicts with \"alice\":\n- .spec.ports[port=80,protocol=\"TCP\"]\nconflicts with \"controller\" using v1:\n- .spec.type\n- .spec.type",
            new FieldConflictException([Apply, Update, Update]).Message);

    [Fact]
    public void Message_Subresource_IsNamed() =>
        Assert.Equal(
            "Apply failed with 1 conflict: conflict with \"c\" with subresource \"status\" using v1: .status",
            new FieldConflictException([new FieldConflict(ManagerId.Updater("c", "v1", "status"), [PathElement.Field("status")])]).Message);
}
