using Lodestone.ApiServer.Endpoints;

namespace Lodestone.ApiServer.Tests.Endpoints;

public sealed class RequestInfoTests
{
    [Theory]
    [InlineData("GET", "/api/v1/namespaces", false, "list", "", "", "namespaces", "", "")]
    [InlineData("GET", "/api/v1/namespaces/a", false, "get", "", "a", "namespaces", "a", "")]
    [InlineData("PUT", "/api/v1/namespaces/a/status", false, "update", "", "a", "namespaces", "a", "status")]
    [InlineData("POST", "/api/v1/namespaces/a/events", false, "create", "", "a", "events", "", "")]
    [InlineData("GET", "/apis/g/v1/things", true, "watch", "g", "", "things", "", "")]
    [InlineData("GET", "/apis/g/v1/watch/namespaces/a/things/b", false, "watch", "g", "a", "things", "b", "")]
    [InlineData("PATCH", "/apis/g/v1/namespaces/a/things/b/status", false, "patch", "g", "a", "things", "b", "status")]
    [InlineData("DELETE", "/apis/g/v1/things/", false, "deletecollection", "g", "", "things", "", "")]
    [InlineData("DELETE", "/apis/g/v1/things/2001:db8::1", false, "delete", "g", "", "things", "2001:db8::1", "")]
    public void Parse_ResourcePath_IsReadByKubernetesRules(
        string method, string path, bool isWatch, string verb, string group, string ns, string resource, string name, string subresource)
    {
        var info = RequestInfo.Parse(method, path, isWatch);

        Assert.True(info.IsResource);
        Assert.Equal(
            (verb, group, ns, resource, name, subresource),
            (info.Verb, info.Group, info.Namespace, info.Resource, info.Name, info.Subresource));
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/version")]
    [InlineData("/api/v1")]
    [InlineData("/apis/g/v1")]
    public void Parse_OtherPath_IsNoResource(string path) => Assert.False(RequestInfo.Parse("GET", path, false).IsResource);
}
