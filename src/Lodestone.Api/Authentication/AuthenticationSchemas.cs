using Lodestone.Api.Meta;
using Lodestone.Api.Schemas;

namespace Lodestone.Api.Authentication;

/// <summary>Schemas of the kinds of <c>authentication.k8s.io</c>.</summary>
internal static class AuthenticationSchemas
{
    private const string Package = "io.k8s.api.authentication.v1.";

    private static readonly Schema UserInfo = new()
    {
        Name = Package + "UserInfo",
        Type = SchemaType.Object,
        Description = "Who a user is.",
        Properties =
        [
            new("username", Schema.String, "Name of the user."),
            new("uid", Schema.String, "Tells users of the same name apart over time."),
            new("groups", Schema.Strings, "Groups the user is in."),
            new("extra", new() { Type = SchemaType.Object, AdditionalProperties = Schema.Strings }, "What else the credentials say."),
        ],
    };

    public static Schema SelfSubjectReview { get; } = MetaSchemas.Kind(
        Package + "SelfSubjectReview",
        "A SelfSubjectReview tells the client who it is. It is created and not stored.",
        [
            new("status", new()
            {
                Name = Package + "SelfSubjectReviewStatus",
                Type = SchemaType.Object,
                Description = "Who the client is.",
                Properties = [new("userInfo", UserInfo, "The client, after impersonation.")],
            }, "The answer, set by the server."),
        ]);

    public static Schema TokenReview { get; } = MetaSchemas.Kind(
        Package + "TokenReview",
        "A TokenReview tells whose a token is. It is created and not stored.",
        [
            new("spec", new()
            {
                Name = Package + "TokenReviewSpec",
                Type = SchemaType.Object,
                Description = "Which token.",
                Properties =
                [
                    new("token", Schema.String, "The token."),
                    new("audiences", Schema.Strings, "For whom the token has to be: for at least one of these; for the API server where none is given."),
                ],
            }, "The question."),
            new("status", new()
            {
                Name = Package + "TokenReviewStatus",
                Type = SchemaType.Object,
                Description = "Whose the token is.",
                Properties =
                [
                    new("authenticated", Schema.Boolean, "Whether the token counts."),
                    new("user", UserInfo, "Whose it is."),
                    new("audiences", Schema.Strings, "Those of the audiences asked for that the token is for."),
                    new("error", Schema.String, "Why the token does not count."),
                ],
            }, "The answer, set by the server."),
        ],
        "spec");

    public static Schema TokenRequest { get; } = MetaSchemas.Kind(
        Package + "TokenRequest",
        "A TokenRequest asks for a token of a service account. It is created and not stored.",
        [
            new("spec", new()
            {
                Name = Package + "TokenRequestSpec",
                Type = SchemaType.Object,
                Description = "What the token is to be.",
                Required = ["audiences"],
                Properties =
                [
                    new("audiences", Schema.Strings, "For whom the token is; for the API server where none is given."),
                    new("expirationSeconds", Schema.Int64, "Seconds the token is valid, at least 600; an hour where it is not given."),
                    new("boundObjectRef", new()
                    {
                        Name = Package + "BoundObjectReference",
                        Type = SchemaType.Object,
                        Description = "The object a token is bound to.",
                        Properties =
                        [
                            new("kind", Schema.String, "Kind of the object: Secret."),
                            new("apiVersion", Schema.String, "API version of the object: v1."),
                            new("name", Schema.String, "Name of the object."),
                            new("uid", Schema.String, "UID of the object."),
                        ],
                    }, "The token is valid only as long as this object exists."),
                ],
            }, "What the token is to be."),
            new("status", new()
            {
                Name = Package + "TokenRequestStatus",
                Type = SchemaType.Object,
                Description = "The token.",
                Required = ["token", "expirationTimestamp"],
                Properties =
                [
                    new("token", Schema.String, "The token."),
                    new("expirationTimestamp", Schema.Time, "When it ends."),
                ],
            }, "The token, set by the server."),
        ],
        "spec");
}
