using System.Text.Json.Nodes;

namespace Lodestone.ApiServer.Tests.Protobuf;

/// <summary>Protobuf bodies of requests, from the wire to the store.</summary>
public sealed class ProtobufRequestTests(ApiServerFixture server) : IClassFixture<ApiServerFixture>
{
    private readonly ApiClient _admin = server.Admin;

    [Fact]
    public async Task Create_Event_IsStored()
    {
        string ns = await server.NamespaceAsync();
        byte[] body = ProtobufWriter.Envelope("v1", "Event", new ProtobufWriter()
            .Message(1, new ProtobufWriter().Text(1, "e").Text(3, ns).Message(8, new ProtobufWriter()))
            .Message(2, new ProtobufWriter().Text(1, "Pod").Text(2, ns).Text(3, "p"))
            .Message(6, new ProtobufWriter()).Text(3, "Tested").Number(8, 2).Text(9, "Normal").Time(10, 1_000_000_000, 123_456_000)
            .Text(12, "Test").Text(14, "example.org/test").Text(15, "test-1"));

        JsonObject created = (await _admin.SendProtobufAsync(HttpMethod.Post, $"/api/v1/namespaces/{ns}/events?fieldValidation=Strict", body)).Expect(201).Json;

        Assert.Equal("p", (string)created["involvedObject"]!["name"]!);
        Assert.Equal(2, (int)created["count"]!);
        Assert.Equal("2001-09-09T01:46:40.123456Z", (string)created["eventTime"]!);
        Assert.Null(created["firstTimestamp"]);
    }

    [Fact]
    public async Task Update_Lease_IsStored()
    {
        string path = $"/apis/coordination.k8s.io/v1/namespaces/{await server.NamespaceAsync()}/leases";
        static byte[] Lease(string holder, string version) => ProtobufWriter.Envelope("coordination.k8s.io/v1", "Lease", new ProtobufWriter()
            .Message(1, new ProtobufWriter().Text(1, "l").Text(6, version))
            .Message(2, new ProtobufWriter().Text(1, holder).Number(2, 15).Time(4, 1_000_000_000).Number(5, 0)));
        string version = (await _admin.SendProtobufAsync(HttpMethod.Post, path, Lease("a", ""))).Expect(201).ResourceVersion;

        JsonObject updated = (await _admin.SendProtobufAsync(HttpMethod.Put, $"{path}/l", Lease("b", version))).Expect(200).Json;

        Assert.Equal("b", (string)updated["spec"]!["holderIdentity"]!);
        Assert.Equal(0, (int)updated["spec"]!["leaseTransitions"]!);
    }

    [Fact]
    public async Task Delete_OptionsInProtobuf_AreHeeded()
    {
        string path = Samples.LoadBalancers(await server.NamespaceAsync());
        string uid = (await _admin.PostAsync(path, Samples.LoadBalancer("a"))).Expect(201).Uid;
        static byte[] Options(string uid) => ProtobufWriter.Envelope("networking.ironcore.dev/v1alpha1", "DeleteOptions", new ProtobufWriter()
            .Message(2, new ProtobufWriter().Text(1, uid)).Text(4, "Background"));

        (await _admin.SendProtobufAsync(HttpMethod.Delete, $"{path}/a", Options("other"))).ExpectFailure(409, "Conflict");
        (await _admin.SendProtobufAsync(HttpMethod.Delete, $"{path}/a", Options(uid)[..^5])).ExpectFailure(400, "BadRequest");
        (await _admin.SendProtobufAsync(HttpMethod.Delete, $"{path}/a", Options(uid))).Expect(200);

        (await _admin.GetAsync($"{path}/a")).ExpectFailure(404, "NotFound");
    }

    [Fact]
    public async Task Create_WhatCannotBeRead_IsRefused()
    {
        string ns = await server.NamespaceAsync();
        byte[] pod = ProtobufWriter.Envelope("v1", "Pod", new ProtobufWriter());

        ApiAnswer refused = (await _admin.SendProtobufAsync(HttpMethod.Post, "/api/v1/namespaces", pod)).ExpectFailure(400, "BadRequest");
        (await _admin.SendProtobufAsync(HttpMethod.Post, Samples.LoadBalancers(ns), pod)).ExpectFailure(415, "UnsupportedMediaType");
        (await _admin.PostAsync("/api/v1/namespaces", "a", "application/cbor")).ExpectFailure(415, "UnsupportedMediaType");

        Assert.Contains("must be of type Namespace", refused.Message, StringComparison.Ordinal);
    }
}
