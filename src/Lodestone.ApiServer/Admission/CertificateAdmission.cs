using Lodestone.Api.Certificates;
using Lodestone.Api.Meta;
using Lodestone.Api.Resources;
using Lodestone.ApiServer.Endpoints;
using Lodestone.ApiServer.Security;
using Lodestone.ApiServer.Security.Rbac;

namespace Lodestone.ApiServer.Admission;

/// <summary>Who asks for a certificate is told by the server; who approves or signs must be granted that for the signer.</summary>
/// <remarks>
/// Kubernetes' admission plugins CertificateApproval, CertificateSigning and CertificateSubjectRestriction: the verbs <c>approve</c> and
/// <c>sign</c> on <c>signers</c> of certificates.k8s.io, by the signer's name or its domain with a star.
/// </remarks>
internal sealed class CertificateAdmission(RbacIndex index) : IAdmission
{
    /// <inheritdoc/>
    public void Admit(ResourceRequest request, KubernetesObject value, KubernetesObject? old)
    {
        if (value is not CertificateSigningRequest wanted)
        {
            return;
        }

        switch (request.Info.Subresource)
        {
            case "" when old is null:
                SetRequestor(wanted.Spec, request.User);
                RefuseMasters(request, wanted);
                break;
            case "approval":
                Require(request, wanted, "approve");
                break;
            case "status":
                Require(request, wanted, "sign");
                break;
        }
    }

    private static void SetRequestor(CertificateSigningRequestSpec spec, UserInfo user)
    {
        spec.Username = user.Name;
        spec.Uid = user.Uid.Length == 0 ? null : user.Uid;
        spec.Groups = [.. user.Groups];
        spec.Extra = user.Extra.Count == 0 ? null : user.Extra.ToDictionary(e => e.Key, e => e.Value.ToList());
    }

    private static void RefuseMasters(ResourceRequest request, CertificateSigningRequest wanted)
    {
        if (wanted.Spec.SignerName == SignerNames.KubeApiServerClient
            && SigningRequest.TryRead(wanted.Spec.Request, out var read, out _)
            && Pki.SubjectOf(read.SubjectName).Groups.Contains(UserInfo.Masters))
        {
            throw ApiErrors.Forbidden(
                request.Info.QualifiedResource,
                wanted.Metadata.Name,
                $"use of {SignerNames.KubeApiServerClient} signer with {UserInfo.Masters} group is not allowed");
        }
    }

    private void Require(ResourceRequest request, CertificateSigningRequest wanted, string verb)
    {
        string signer = wanted.Spec.SignerName;
        if (!request.User.IsMaster && !Holds(signer) && !Holds(signer[..(signer.IndexOf('/', StringComparison.Ordinal) + 1)] + "*"))
        {
            throw ApiErrors.Forbidden(
                request.Info.QualifiedResource, wanted.Metadata.Name, $"user not permitted to {verb} requests with signerName {Api.Validation.FieldError.Quote(signer)}");
        }

        bool Holds(string name) => index.Authorize(request.User, new RequestInfo
        {
            Verb = verb,
            Path = "",
            IsResource = true,
            Group = ResourceDefinitions.CertificatesGroup,
            Version = "v1",
            Resource = "signers",
            Name = name,
        }).IsAllowed;
    }
}
