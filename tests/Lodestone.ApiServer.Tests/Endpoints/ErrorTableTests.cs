using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Lodestone.ApiServer.Endpoints;

namespace Lodestone.ApiServer.Tests.Endpoints;

/// <summary>Failures, row by row of Kubernetes' table, field by field. Texts are those of a real kube-apiserver where it has them.</summary>
public sealed class ErrorTableTests(ApiServerFixture server) : IClassFixture<ApiServerFixture>, IAsyncLifetime
{
    private const string Lbs = "/apis/networking.ironcore.dev/v1alpha1/namespaces/default/loadbalancers";
    private const string Maps = "/api/v1/namespaces/default/configmaps";
    private readonly ApiClient _admin = server.Admin;

    public async ValueTask InitializeAsync() => await _admin.PostAsync(Maps, """{"metadata":{"name":"there"}}""");

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Theory]
    [InlineData("GET", "/api/v1/namespaces?labelSelector=a%3D%3D%3D", null, 400, "BadRequest", "unable to parse requirement: found '=', expected: identifier", null)]
    [InlineData("GET", "/api/v1/namespaces?fieldSelector=spec.x%3Da", null, 400, "BadRequest", "field label not supported: spec.x", null)]
    [InlineData("GET", "/api/v1/namespaces?timeout=x", null, 400, "BadRequest", "invalid timeout specified in the request URL - time: invalid duration \"x\"", null)]
    [InlineData("POST", Maps + "?fieldValidation=Strict", """{"metadata":{"name":"s"},"datas":{}}""", 400, "BadRequest", "ConfigMap in version \"v1\" cannot be handled as a ConfigMap: strict decoding error: unknown field \"datas\"", null)]
    [InlineData("GET", Maps + "/none", null, 404, "NotFound", "configmaps \"none\" not found", """{"name":"none","kind":"configmaps"}""")]
    [InlineData("GET", Lbs + "/none", null, 404, "NotFound", "loadbalancers.networking.ironcore.dev \"none\" not found", """{"name":"none","group":"networking.ironcore.dev","kind":"loadbalancers"}""")]
    [InlineData("DELETE", "/api/v1/namespaces/none", null, 404, "NotFound", "namespaces \"none\" not found", """{"name":"none","kind":"namespaces"}""")]
    [InlineData("GET", "/nothing", null, 404, "NotFound", "the server could not find the requested resource", "{}")]
    [InlineData("GET", "/api/v1/foos", null, 404, "NotFound", "the server could not find the requested resource", "{}")]
    [InlineData("GET", Maps + "/there/status", null, 404, "NotFound", "the server could not find the requested resource", "{}")]
    [InlineData("POST", "/version", "{}", 405, "MethodNotAllowed", "the server does not allow this method on the requested resource", "{}")]
    [InlineData("POST", Maps, """{"metadata":{"name":"there"}}""", 409, "AlreadyExists", "configmaps \"there\" already exists", """{"name":"there","kind":"configmaps"}""")]
    [InlineData("PUT", Maps + "/there", """{"metadata":{"name":"there","resourceVersion":"1"}}""", 409, "Conflict", "Operation cannot be fulfilled on configmaps \"there\": the object has been modified; please apply your changes to the latest version and try again", """{"name":"there","kind":"configmaps"}""")]
    [InlineData("DELETE", Maps + "/there", """{"preconditions":{"resourceVersion":"1"}}""", 409, "Conflict", null, """{"name":"there","kind":"ConfigMap"}""")]
    [InlineData("GET", "/api/v1/namespaces?resourceVersion=999999999&timeout=30s", null, 504, "Timeout", null, """{"causes":[{"reason":"ResourceVersionTooLarge","message":"Too large resource version"}],"retryAfterSeconds":1}""")]
    [InlineData("GET", "/api/v1/namespaces?resourceVersion=999999999&timeout=20ms", null, 504, "Timeout", "Timeout: request did not complete within the allotted timeout", "{}")]
    public async Task Request_Refused_IsTheStatusOfTheTable(string method, string path, string? body, int code, string reason, string? message, string? details)
    {
        ApiAnswer answer = (await _admin.SendAsync(new HttpMethod(method), path, body, "application/json")).Expect(code);

        AssertStatus(answer.Json, code, reason, message, details);
        long? seconds = (long?)answer.Json["details"]?["retryAfterSeconds"];
        Assert.Equal(seconds, (long?)answer.Headers.RetryAfter?.Delta?.TotalSeconds);
    }

    [Theory]
    [InlineData("GET", "/api/v1/namespaces/default/secrets/s", "secrets \"s\" is forbidden: User \"so &lt;me&gt; &amp; body\" cannot get resource \"secrets\" in API group \"\" in the namespace \"default\"", """{"name":"s","kind":"secrets"}""")]
    [InlineData("GET", Lbs, "loadbalancers.networking.ironcore.dev is forbidden: User \"so &lt;me&gt; &amp; body\" cannot list resource \"loadbalancers\" in API group \"networking.ironcore.dev\" in the namespace \"default\"", """{"group":"networking.ironcore.dev","kind":"loadbalancers"}""")]
    [InlineData("GET", "/api/v1/namespaces", "namespaces is forbidden: User \"so &lt;me&gt; &amp; body\" cannot list resource \"namespaces\" in API group \"\" at the cluster scope", """{"kind":"namespaces"}""")]
    [InlineData("PATCH", Lbs + "/a/status", "loadbalancers.networking.ironcore.dev \"a\" is forbidden: User \"so &lt;me&gt; &amp; body\" cannot patch resource \"loadbalancers/status\" in API group \"networking.ironcore.dev\" in the namespace \"default\"", """{"name":"a","group":"networking.ironcore.dev","kind":"loadbalancers"}""")]
    [InlineData("GET", "/foo/bar", "forbidden: User \"so &lt;me&gt; &amp; body\" cannot get path \"/foo/bar\"", "{}")]
    public async Task Request_NotAllowed_IsForbidden(string method, string path, string message, string details)
    {
        using ApiClient somebody = ApiClient.FromKubeconfig(server.Server.Credentials.IssueKubeconfig(server.Server.Url, "so <me> & body", []));

        ApiAnswer answer = (await somebody.SendAsync(new HttpMethod(method), path, method == "GET" ? null : "{}", "application/merge-patch+json")).Expect(403);

        AssertStatus(answer.Json, 403, "Forbidden", message, details);
    }

    [Fact]
    public async Task Credentials_Missing_IsUnauthorized()
    {
        using ApiClient nobody = ApiClient.FromKubeconfig(await File.ReadAllTextAsync(server.Server.KubeconfigPath, TestContext.Current.CancellationToken), isAnonymous: true);

        AssertStatus((await nobody.GetAsync("/api/v1/namespaces")).Expect(401).Json, 401, "Unauthorized", "Unauthorized", null);
    }

    [Fact]
    public async Task Accept_NothingWeHave_IsNotAcceptable() => AssertStatus(
        (await _admin.GetAsync(Maps, "text/html")).Expect(406).Json,
        406,
        "NotAcceptable",
        "only the following media types are accepted: application/json, application/yaml",
        null);

    [Theory]
    [InlineData("POST", Maps)]
    [InlineData("PATCH", Maps + "/there")]
    public async Task Body_TooLong_IsTooLarge(string method, string path) => AssertStatus(
        (await _admin.SendAsync(new HttpMethod(method), path, new string(' ', (3 << 20) + 1), method == "POST" ? "application/json" : "application/merge-patch+json")).Expect(413).Json,
        413,
        "RequestEntityTooLarge",
        "Request entity too large: limit is 3145728",
        null);

    // Without a length: it shows only while it is read. What is left of it is read too, else a client of 1.1 that still writes sees a reset, not the answer.
    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task Body_TooLongWithoutALength_IsTooLarge(string version)
    {
        using ApiClient client = ApiClient.FromKubeconfig(
            await File.ReadAllTextAsync(server.Server.KubeconfigPath, TestContext.Current.CancellationToken), version: Version.Parse(version));
        using var request = new HttpRequestMessage(HttpMethod.Post, Maps) { Version = Version.Parse(version), Content = new ByteArrayContent(new byte[40 << 20]) };
        request.Content.Headers.ContentType = new("application/json");
        request.Headers.TransferEncodingChunked = version == "1.1";
        request.Content.Headers.ContentLength = null;

        AssertStatus((await client.SendAsync(request)).Expect(413).Json, 413, "RequestEntityTooLarge", "Request entity too large: limit is 3145728", null);
    }

    [Fact]
    public async Task Url_TooLong_IsToldSo()
    {
        ApiAnswer answer = await _admin.GetAsync("/api/v1/namespaces?labelSelector=a%21%3D" + new string('x', 140_000));

        AssertStatus(answer.Expect(414).Json, 414, "RequestURITooLong", "Request URI too long: limit is 131072", null);
    }

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task Url_Long_IsRead(string version)
    {
        using ApiClient client = ApiClient.FromKubeconfig(
            await File.ReadAllTextAsync(server.Server.KubeconfigPath, TestContext.Current.CancellationToken), version: Version.Parse(version));
        string names = string.Join(',', Enumerable.Range(0, 2000).Select(i => $"value-of-a-label-{i}"));

        (await client.GetAsync($"/api/v1/namespaces?labelSelector=app%20in%20%28{names}%29")).Expect(200);
    }

    [Fact]
    public async Task ContentType_Unknown_IsUnsupported()
    {
        ApiAnswer answer = (await _admin.PostAsync(Maps, "x", "text/foo")).Expect(415);

        AssertStatus(
            answer.Json,
            415,
            "UnsupportedMediaType",
            "the body of the request was in an unknown format - accepted media types include: application/json, application/yaml, application/vnd.kubernetes.protobuf",
            null);
    }

    [Fact]
    public async Task Object_Invalid_NamesEveryCause()
    {
        JsonObject status = (await _admin.PostAsync(Lbs, Samples.LoadBalancer("a", port: 70000).Replace("Public", "Secret", StringComparison.Ordinal))).Expect(422).Json;

        AssertStatus(status, 422, "Invalid", null, null, ignoresDetails: true);
        Assert.StartsWith("LoadBalancer.networking.ironcore.dev \"a\" is invalid: [", (string)status["message"]!, StringComparison.Ordinal);
        Assert.Equal(("a", "networking.ironcore.dev", "LoadBalancer"), (
            (string)status["details"]!["name"]!, (string)status["details"]!["group"]!, (string)status["details"]!["kind"]!));
        Assert.Contains((JsonArray)status["details"]!["causes"]!, c =>
            ((string)c!["reason"]!, (string)c["field"]!, (string)c["message"]!) ==
            ("FieldValueNotSupported", "spec.type", "Unsupported value: \"Secret\": supported values: \"Internal\", \"Public\""));
    }

    [Fact]
    public void StatusJson_FailuresThatTakeLuck_AreThoseOfTheTable()
    {
        JsonObject Of(ApiException exception) => (JsonObject)JsonNode.Parse(Responses.StatusJson(exception))!;

        AssertStatus(Of(ApiErrors.TooManyRequests("too many requests, please try again later")), 429, "TooManyRequests", "too many requests, please try again later", """{"retryAfterSeconds":1}""");
        AssertStatus(Of(ApiErrors.Internal("x")), 500, "InternalError", "Internal error occurred: x", """{"causes":[{"message":"x"}]}""");
        AssertStatus(Of(ApiErrors.InsufficientStorage("full")), 507, "InsufficientStorage", "full", """{"retryAfterSeconds":5}""");
        JsonObject expired = Of(ApiErrors.Expired("too old", "token"));
        Assert.Equal(("Expired", 410, "token"), ((string)expired["reason"]!, (int)expired["code"]!, (string)expired["metadata"]!["continue"]!));
    }

    [Theory]
    [InlineData("POST /api/v1/namespaces HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400)]
    [InlineData("POST /api/v1/namespaces HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcdefg\r\n", 400)]
    [InlineData("NOT A REQUEST\r\n\r\n", 505)]
    [InlineData("GET /api HTTP/9.9\r\nHost: a\r\n\r\n", 505)]
    [InlineData("GET /api HTTP/1.1\r\nHost: a\r\nbad header\r\n\r\n", 400)]
    [InlineData("GET /api HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n", 400)]
    [InlineData("GET /api HTTP/1.1\r\n\r\n", 400)]
    [InlineData("GET /api HTTP/1.1\r\nHost: a\r\nX: {200000}\r\n\r\n", 431)]
    [InlineData("GET /{200000} HTTP/1.1\r\nHost: a\r\n\r\n", 414)]
    public async Task Http_Malformed_IsAStatusToo(string text, int code)
    {
        (string head, string body) = await SendRawAsync(text.Replace("{200000}", new string('x', 200_000), StringComparison.Ordinal));

        Assert.StartsWith($"HTTP/1.1 {code} ", head, StringComparison.Ordinal);
        Assert.Contains("Content-Type: application/json", head, StringComparison.OrdinalIgnoreCase);
        var status = (JsonObject)JsonNode.Parse(body)!;
        Assert.Equal(("Status", "Failure", code), ((string)status["kind"]!, (string)status["status"]!, (int)status["code"]!));
    }

    private static void AssertStatus(JsonObject status, int code, string reason, string? message, string? details, bool ignoresDetails = false)
    {
        Assert.Equal(("Status", "v1", "Failure"), ((string)status["kind"]!, (string)status["apiVersion"]!, (string)status["status"]!));
        Assert.Equal((code, reason), ((int)status["code"]!, (string)status["reason"]!));
        Assert.Equal("{}", status["metadata"]!.ToJsonString());
        Assert.Equal(message ?? (string)status["message"]!, (string)status["message"]!);
        Assert.True(
            ignoresDetails || JsonNode.DeepEquals(details is null ? null : JsonNode.Parse(details), status["details"]),
            $"details: expected {details}, got {status["details"]?.ToJsonString()}");
    }

    /// <summary>Sends bytes as they are, and reads until the server closes the connection.</summary>
    private async Task<(string Head, string Body)> SendRawAsync(string text)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(server.Server.Endpoints[0], TestContext.Current.CancellationToken);
#pragma warning disable CA5359 // What is sent is no secret, and the server is the test's own.
        await using var stream = new SslStream(client.GetStream(), leaveInnerStreamOpen: false, (_, _, _, _) => true);
#pragma warning restore CA5359
        await stream.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions { TargetHost = "localhost", ClientCertificates = [Certificate()] }, TestContext.Current.CancellationToken);
        var received = new StringBuilder();
        try
        {
            await stream.WriteAsync(Encoding.ASCII.GetBytes(text), TestContext.Current.CancellationToken);
        }
        catch (IOException)
        {
            // It has answered and closed before it read everything.
        }

        byte[] buffer = new byte[4096];
        try
        {
            int count;
            while ((count = await stream.ReadAsync(buffer, TestContext.Current.CancellationToken)) > 0)
            {
                received.Append(Encoding.UTF8.GetString(buffer, 0, count));
            }
        }
        catch (IOException)
        {
            // So does a reset connection end.
        }

        string[] parts = received.ToString().Split("\r\n\r\n", 2);
        Assert.True(parts.Length == 2, $"no answer: {received}");
        return (parts[0], parts[1]);
    }

    private System.Security.Cryptography.X509Certificates.X509Certificate2 Certificate() => ApiClient.CertificateOf(File.ReadAllText(server.Server.KubeconfigPath));
}
