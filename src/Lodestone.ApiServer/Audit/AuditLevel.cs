namespace Lodestone.ApiServer.Audit;

/// <summary>How much of a request is told.</summary>
internal enum AuditLevel
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>Who wanted what, and how it ended.</summary>
    Metadata,

    /// <summary>And what was sent.</summary>
    Request,

    /// <summary>And what was answered.</summary>
    RequestResponse,
}
