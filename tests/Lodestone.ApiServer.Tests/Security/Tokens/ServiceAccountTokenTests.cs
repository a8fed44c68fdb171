using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace Lodestone.ApiServer.Tests.Security.Tokens;

/// <summary>Tokens of service accounts over HTTPS: how they are asked for, whom they make their bearer, and when they end.</summary>
public sealed class ServiceAccountTokenTests(ApiServerFixture server) : IClassFixture<ApiServerFixture>
{
    private const string Issuer = "https://kubernetes.default.svc.cluster.local";
    private const string WhoAmI = "/apis/authentication.k8s.io/v1/selfsubjectreviews";

    [Fact]
    public async Task Token_SaysWhatKubernetesTokensSay()
    {
        string ns = await NamespaceWithAccountAsync();

        JsonObject answer = (await server.Admin.PostAsync(Path(ns), """{"spec":{"audiences":["a","b"],"expirationSeconds":600}}""")).Expect(201).Json;

        Assert.Equal(("TokenRequest", "authentication.k8s.io/v1"), ((string?)answer["kind"], (string?)answer["apiVersion"]));
        Assert.Equal(("robot", ns), ((string?)answer["metadata"]!["name"], (string?)answer["metadata"]!["namespace"]));
        JsonObject claims = Part((string)answer["status"]!["token"]!, 1);
        Assert.Equal(["a", "b"], claims["aud"]!.AsArray().Select(a => (string?)a));
        Assert.Equal(Issuer, (string?)claims["iss"]);
        Assert.Equal($"system:serviceaccount:{ns}:robot", (string?)claims["sub"]);
        Assert.Equal(600, (long)claims["exp"]! - (long)claims["iat"]!);
        Assert.Equal((long)claims["iat"]!, (long)claims["nbf"]!);
        Assert.Equal(ns, (string?)claims["kubernetes.io"]!["namespace"]);
        Assert.Equal("robot", (string?)claims["kubernetes.io"]!["serviceaccount"]!["name"]);
        Assert.Equal(DateTimeOffset.FromUnixTimeSeconds((long)claims["exp"]!), DateTimeOffset.Parse((string)answer["status"]!["expirationTimestamp"]!, null));
    }

    [Fact]
    public async Task Bearer_IsTheAccount()
    {
        string ns = await NamespaceWithAccountAsync();
        using ApiClient robot = Bearer(await TokenAsync(ns));

        JsonNode user = (await robot.PostAsync(WhoAmI, "{}")).Expect(201).Json["status"]!["userInfo"]!;
        ApiAnswer refused = (await robot.GetAsync($"/api/v1/namespaces/{ns}/configmaps")).ExpectFailure(403, "Forbidden");
        (await server.Admin.PostAsync($"/apis/rbac.authorization.k8s.io/v1/namespaces/{ns}/rolebindings", $$$"""
            {"metadata":{"name":"b"},"roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"ClusterRole","name":"view"},"subjects":[{"kind":"ServiceAccount","name":"robot","namespace":"{{{ns}}}"}]}
            """)).Expect(201);
        (await robot.GetAsync($"/api/v1/namespaces/{ns}/configmaps")).Expect(200);

        Assert.Equal($"system:serviceaccount:{ns}:robot", (string?)user["username"]);
        Assert.Equal(["system:serviceaccounts", $"system:serviceaccounts:{ns}", "system:authenticated"], user["groups"]!.AsArray().Select(g => (string?)g));
        Assert.StartsWith("JTI=", (string?)user["extra"]!["authentication.kubernetes.io/credential-id"]![0], StringComparison.Ordinal);
        Assert.Equal(
            $"configmaps is forbidden: User \"system:serviceaccount:{ns}:robot\" cannot list resource \"configmaps\" in API group \"\" in the namespace \"{ns}\"",
            refused.Message);
    }

    [Fact]
    public async Task Token_EndsWithItsAccount_AlsoWhenOneOfThatNameComesBack()
    {
        string ns = await NamespaceWithAccountAsync();
        using ApiClient robot = Bearer(await TokenAsync(ns));
        (await robot.PostAsync(WhoAmI, "{}")).Expect(201);

        (await server.Admin.DeleteAsync($"/api/v1/namespaces/{ns}/serviceaccounts/robot")).Expect(200);
        (await robot.PostAsync(WhoAmI, "{}")).ExpectFailure(401, "Unauthorized");
        (await server.Admin.PostAsync($"/api/v1/namespaces/{ns}/serviceaccounts", """{"metadata":{"name":"robot"}}""")).Expect(201);
        (await robot.PostAsync(WhoAmI, "{}")).ExpectFailure(401, "Unauthorized");
    }

    [Fact]
    public async Task Token_BoundToASecret_EndsWithIt()
    {
        string ns = await NamespaceWithAccountAsync();
        ApiAnswer secret = (await server.Admin.PostAsync($"/api/v1/namespaces/{ns}/secrets", """{"metadata":{"name":"s"}}""")).Expect(201);
        string bound = $$$"""{"spec":{"boundObjectRef":{"kind":"Secret","apiVersion":"v1","name":"s","uid":"{{{secret.Uid}}}"} } }""";
        using ApiClient robot = Bearer(await TokenAsync(ns, bound));
        (await robot.PostAsync(WhoAmI, "{}")).Expect(201);

        (await server.Admin.DeleteAsync($"/api/v1/namespaces/{ns}/secrets/s")).Expect(200);

        (await robot.PostAsync(WhoAmI, "{}")).ExpectFailure(401, "Unauthorized");
        (await server.Admin.PostAsync(Path(ns), bound)).ExpectFailure(404, "NotFound");
    }

    [Theory]
    [InlineData("""{"spec":{"expirationSeconds":599}}""", 422, "spec.expirationSeconds: Invalid value: 599: may not specify a duration less than 10 minutes")]
    [InlineData("""{"spec":{"expirationSeconds":4294967297}}""", 422, "spec.expirationSeconds: Invalid value: 4294967297: may not specify a duration larger than 2^32 seconds")]
    [InlineData("""{"metadata":{"name":"other"}}""", 422, "metadata.name: Invalid value: \"other\": must match the service account name if specified")]
    [InlineData("""{"spec":{"boundObjectRef":{"kind":"Pod","apiVersion":"v1","name":"p"}}}""", 400, "cannot bind token to object of type /v1, Kind=Pod")]
    public async Task Request_ThatBreaksARule_IsRefused(string body, int code, string message)
    {
        string ns = await NamespaceWithAccountAsync();

        ApiAnswer refused = (await server.Admin.PostAsync(Path(ns), body)).Expect(code);

        Assert.Contains(message, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Request_ForWhatIsNotThere_IsNotFound()
    {
        string ns = await server.NamespaceAsync();

        (await server.Admin.PostAsync(Path(ns), "{}")).ExpectFailure(404, "NotFound");
        (await server.Admin.PostAsync("/api/v1/serviceaccounts/robot/token", "{}")).ExpectFailure(404, "NotFound");
        (await server.Admin.GetAsync($"/api/v1/namespaces/{ns}/serviceaccounts/default/token")).ExpectFailure(405, "MethodNotAllowed");
    }

    [Fact]
    public async Task Token_ForOthers_IsNotForThisServer()
    {
        string ns = await NamespaceWithAccountAsync();
        string token = await TokenAsync(ns, """{"spec":{"audiences":["vault"]}}""");
        using ApiClient robot = Bearer(token);

        (await robot.PostAsync(WhoAmI, "{}")).ExpectFailure(401, "Unauthorized");
        JsonNode forVault = await ReviewAsync(token, """["vault","other"]""");
        JsonNode forUs = await ReviewAsync(token, "null");

        Assert.True((bool?)forVault["authenticated"]);
        Assert.Equal(["vault"], forVault["audiences"]!.AsArray().Select(a => (string?)a));
        Assert.Equal($"system:serviceaccount:{ns}:robot", (string?)forVault["user"]!["username"]);
        Assert.Null(forUs["authenticated"]);
        Assert.Equal($"[invalid bearer token, token audiences [\"vault\"] is invalid for the target audiences [\"{Issuer}\"]]", (string?)forUs["error"]);
    }

    [Theory]
    [InlineData("signature")]
    [InlineData("claims")]
    [InlineData("none")]
    [InlineData("HS256")]
    [InlineData("kid")]
    [InlineData("crit")]
    [InlineData("own-key")]
    [InlineData("parts")]
    [InlineData("text")]
    public async Task Token_ThatIsForged_IsUnauthorized(string how)
    {
        string ns = await NamespaceWithAccountAsync();
        string token = await TokenAsync(ns);
        string[] parts = token.Split('.');
        JsonObject header = Part(token, 0), claims = Part(token, 1);
        using var own = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        switch (how)
        {
            case "signature":
                parts[2] = (parts[2][0] == 'A' ? 'B' : 'A') + parts[2][1..];
                break;
            case "claims":
                claims["sub"] = "system:serviceaccount:kube-system:default";
                parts[1] = Encode(claims);
                break;
            case "none":
                header["alg"] = "none";
                (parts[0], parts[2]) = (Encode(header), "");
                break;
            case "HS256":
                header["alg"] = "HS256";
                parts[0] = Encode(header);
                parts[2] = Base64Url.EncodeToString(HMACSHA256.HashData(Encoding.ASCII.GetBytes((string)header["kid"]!), Encoding.ASCII.GetBytes($"{parts[0]}.{parts[1]}")));
                break;
            case "kid":
                header["kid"] = "unknown";
                parts[0] = Encode(header);
                break;
            case "crit":
                header["crit"] = new JsonArray("exp");
                parts[0] = Encode(header);
                break;
            case "own-key":
                parts[2] = Base64Url.EncodeToString(own.SignData(Encoding.ASCII.GetBytes($"{parts[0]}.{parts[1]}"), HashAlgorithmName.SHA256));
                break;
            case "parts":
                parts = [.. parts, "x"];
                break;
            default:
                parts = ["no-token-at-all"];
                break;
        }

        using ApiClient forger = Bearer(string.Join('.', parts));

        (await forger.GetAsync("/api")).ExpectFailure(401, "Unauthorized");
        (await forger.GetAsync("/version")).ExpectFailure(401, "Unauthorized");
        Assert.Equal("invalid bearer token", (string?)(await ReviewAsync(string.Join('.', parts), "null"))["error"]);
    }

    [Theory]
    [InlineData("""{"alg":"ES256","alg":"none","kid":"KID"}""")]
    [InlineData("""{"alg":"ES256","kid":"\ud800"}""")]
    [InlineData("""{"\ud800":1,"alg":"ES256","kid":"KID"}""")]
    [InlineData("""{"alg":["ES256"],"kid":{}}""")]
    [InlineData("""[{"alg":"ES256"}]""")]
    [InlineData("null")]
    [InlineData("{\"alg\":\"\u00ff\"")]
    [InlineData("")]
    public async Task Token_WithAStrangeHeader_IsUnauthorized(string header)
    {
        string ns = await NamespaceWithAccountAsync();
        string[] parts = (await TokenAsync(ns)).Split('.');
        header = header.Replace("KID", (string?)Part($"{parts[0]}.", 0)["kid"], StringComparison.Ordinal);
        using ApiClient utf8 = Bearer($"{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(header))}.{parts[1]}.{parts[2]}");
        using ApiClient latin1 = Bearer($"{Base64Url.EncodeToString(Encoding.Latin1.GetBytes(header))}.{parts[1]}.{parts[2]}");

        (await utf8.GetAsync("/api")).ExpectFailure(401, "Unauthorized");
        (await latin1.GetAsync("/api")).ExpectFailure(401, "Unauthorized");
    }

    [Fact]
    public async Task KeysAndIssuer_ArePublishedForServiceAccounts()
    {
        string ns = await NamespaceWithAccountAsync();
        string token = await TokenAsync(ns);
        using ApiClient robot = Bearer(token);
        using ApiClient other = ApiClient.FromKubeconfig(server.Server.Credentials.IssueKubeconfig(server.Server.Url, "somebody", []));

        JsonObject configuration = (await robot.GetAsync("/.well-known/openid-configuration")).Expect(200).Json;
        ApiAnswer keys = (await robot.GetAsync("/openid/v1/jwks")).Expect(200);
        (await other.GetAsync("/openid/v1/jwks")).ExpectFailure(403, "Forbidden");

        Assert.Equal(Issuer, (string?)configuration["issuer"]);
        Assert.EndsWith("/openid/v1/jwks", (string?)configuration["jwks_uri"], StringComparison.Ordinal);
        JsonNode key = keys.Json["keys"]!.AsArray().Single(k => (string?)k!["kid"] == (string?)Part(token, 0)["kid"])!;
        using var published = ECDsa.Create(new ECParameters
        {
            Curve = ECCurve.NamedCurves.nistP256,
            Q = new ECPoint { X = Base64Url.DecodeFromChars((string)key["x"]!), Y = Base64Url.DecodeFromChars((string)key["y"]!) },
        });
        string[] parts = token.Split('.');
        Assert.True(published.VerifyData(Encoding.ASCII.GetBytes($"{parts[0]}.{parts[1]}"), Base64Url.DecodeFromChars(parts[2]), HashAlgorithmName.SHA256));
    }

    [Fact]
    public async Task BadBearerBesideAGoodCertificate_IsTheCertificatesUser()
    {
        using ApiClient admin = ApiClient.FromKubeconfig(File.ReadAllText(server.Server.KubeconfigPath)).With("Authorization", "Bearer nonsense");

        Assert.Equal("lodestone:admin", (string?)(await admin.PostAsync(WhoAmI, "{}")).Expect(201).Json["status"]!["userInfo"]!["username"]);
    }

    [Theory]
    [InlineData("Basic YTpi", 200, 401)]
    [InlineData("Bearer", 200, 401)]
    [InlineData("Bearer ", 200, 401)]
    [InlineData("bearer x", 401, 401)]
    public async Task OtherAuthorization_IsNoCredential(string value, int version, int api)
    {
        using ApiClient nobody = ApiClient.FromKubeconfig(File.ReadAllText(server.Server.KubeconfigPath), isAnonymous: true).With("Authorization", value);

        (await nobody.GetAsync("/version")).Expect(version);
        (await nobody.GetAsync("/api")).Expect(api);
    }

    private static string Path(string ns) => $"/api/v1/namespaces/{ns}/serviceaccounts/robot/token";

    private static string Encode(JsonObject part) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(part.ToJsonString()));

    private static JsonObject Part(string token, int index) => JsonNode.Parse(Base64Url.DecodeFromChars(token.Split('.')[index]))!.AsObject();

    private ApiClient Bearer(string token) =>
        ApiClient.FromKubeconfig(File.ReadAllText(server.Server.KubeconfigPath), isAnonymous: true).With("Authorization", $"Bearer {token}");

    private async Task<string> NamespaceWithAccountAsync()
    {
        string ns = await server.NamespaceAsync();
        (await server.Admin.PostAsync($"/api/v1/namespaces/{ns}/serviceaccounts", """{"metadata":{"name":"robot"}}""")).Expect(201);
        return ns;
    }

    private async Task<string> TokenAsync(string ns, string body = "{}") =>
        (string)(await server.Admin.PostAsync(Path(ns), body)).Expect(201).Json["status"]!["token"]!;

    private async Task<JsonNode> ReviewAsync(string token, string audiences) =>
        (await server.Admin.PostAsync("/apis/authentication.k8s.io/v1/tokenreviews", $$$"""{"spec":{"token":"{{{token}}}","audiences":{{{audiences}}}}}""")).Expect(201).Json["status"]!;
}
