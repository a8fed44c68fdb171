namespace Lodestone.ApiServer.Endpoints;

/// <summary>In what form objects are answered.</summary>
internal enum ObjectFormat
{
    /// <summary>As they are.</summary>
    Full,

    /// <summary>As rows of a <c>meta.k8s.io</c> Table.</summary>
    Table,

    /// <summary>Their metadata only.</summary>
    Metadata,
}
