using Lodestone.Api.Meta;
using Lodestone.Api.Schemas;

namespace Lodestone.Api.Certificates;

/// <summary>Schemas of the kinds of <c>certificates.k8s.io</c>.</summary>
internal static class CertificateSchemas
{
    private const string Package = "io.k8s.api.certificates.v1.";

    private static readonly Schema Bytes = new() { Type = SchemaType.String, Format = "byte" };

    private static readonly Schema Condition = new()
    {
        Name = Package + "CertificateSigningRequestCondition",
        Type = SchemaType.Object,
        Description = "A decision about a request.",
        Required = ["type", "status"],
        Properties =
        [
            new("type", Schema.String, "Approved, Denied or Failed. Approved and Denied exclude each other and can't be taken back."),
            new("status", Schema.String, "True; of other types also False or Unknown."),
            new("reason", Schema.String, "Why, in one CamelCase word."),
            new("message", Schema.String, "Why, for people."),
            new("lastUpdateTime", Schema.Time, "When the condition was last written."),
            new("lastTransitionTime", Schema.Time, "When the status last changed."),
        ],
    };

    public static Schema CertificateSigningRequest { get; } = MetaSchemas.Kind(
        Package + "CertificateSigningRequest",
        "A CertificateSigningRequest asks for a certificate. Whoever may approve for its signer decides, the signer puts the certificate into the status.",
        [
            new("spec", new()
            {
                Name = Package + "CertificateSigningRequestSpec",
                Type = SchemaType.Object,
                Description = "What is asked for, and by whom.",
                Required = ["request", "signerName"],
                Properties =
                [
                    new("request", Bytes, "The PKCS #10 request as PEM, in base64."),
                    new("signerName", Schema.String, "Who is to sign, such as lodestone.dev/agent, which signs for the agents of hosts."),
                    new("expirationSeconds", Schema.Int32, "Seconds that the certificate should be valid, at least 600. The signer may give less."),
                    new("usages", Schema.ListOf(Schema.String), "What the key is to be used for, such as digital signature and client auth."),
                    new("username", Schema.String, "Name of the user who asks. Set by the server."),
                    new("uid", Schema.String, "UID of the user who asks. Set by the server."),
                    new("groups", Schema.ListOf(Schema.String), "Groups of the user who asks. Set by the server."),
                    new("extra", new() { Type = SchemaType.Object, AdditionalProperties = Schema.ListOf(Schema.String) }, "What else the user's credentials say. Set by the server."),
                ],
            }, "What is asked for. It can't be changed."),
            new("status", new()
            {
                Name = Package + "CertificateSigningRequestStatus",
                Type = SchemaType.Object,
                Description = "What became of a request.",
                Properties =
                [
                    new("conditions", Schema.MapListOf(Condition, "type"), "What was decided."),
                    new("certificate", Bytes, "The certificate as PEM, in base64, once it is signed."),
                ],
            }, "What became of it."),
        ],
        "spec");
}
