using System.Text.Json.Nodes;

namespace Lodestone.Aggregation.Tests.Support;

/// <summary>The reviews that kube-apiserver was asked for, from its audit log.</summary>
internal sealed class ReviewLog(string path)
{
    /// <summary>Its audit policy.</summary>
    public const string Policy = """
        apiVersion: audit.k8s.io/v1
        kind: Policy
        omitStages: [RequestReceived]
        rules:
        - level: Request
          resources:
          - group: authorization.k8s.io
            resources: [subjectaccessreviews]
          - group: authentication.k8s.io
            resources: [tokenreviews]
        - level: None
        """;

    /// <summary>How many SubjectAccessReviews there were about a user.</summary>
    public int AboutUser(string user) => Specs().Count(s => (string?)s["user"] == user);

    /// <summary>How many TokenReviews there were of a token.</summary>
    public int OfToken(string token) => Specs().Count(s => (string?)s["token"] == token);

    /// <summary>The spec of the first SubjectAccessReview about a user.</summary>
    public JsonNode Spec(string user) => Specs().First(s => (string?)s["user"] == user);

    private IEnumerable<JsonNode> Specs()
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(stream);
        // What is behind the last line feed is not written out yet.
        string[] lines = reader.ReadToEnd().Split('\n');
        foreach (string line in lines[..^1])
        {
            if (JsonNode.Parse(line)!["requestObject"]?["spec"] is { } spec)
            {
                yield return spec;
            }
        }
    }
}
