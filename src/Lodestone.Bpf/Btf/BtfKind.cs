namespace Lodestone.Bpf.Btf;

/// <summary>BTF_KIND_*.</summary>
internal enum BtfKind
{
    /// <summary>void.</summary>
    Void = 0,

    /// <summary>Integer.</summary>
    Int = 1,

    /// <summary>Pointer.</summary>
    Pointer = 2,

    /// <summary>Array.</summary>
    Array = 3,

    /// <summary>Struct.</summary>
    Struct = 4,

    /// <summary>Union.</summary>
    Union = 5,

    /// <summary>Enum of 32 bits.</summary>
    Enum = 6,

    /// <summary>Forward declaration.</summary>
    Forward = 7,

    /// <summary>Typedef.</summary>
    Typedef = 8,

    /// <summary>volatile.</summary>
    Volatile = 9,

    /// <summary>const.</summary>
    Const = 10,

    /// <summary>restrict.</summary>
    Restrict = 11,

    /// <summary>Function.</summary>
    Function = 12,

    /// <summary>Function prototype.</summary>
    Prototype = 13,

    /// <summary>Variable.</summary>
    Variable = 14,

    /// <summary>Data section.</summary>
    DataSection = 15,

    /// <summary>Floating point.</summary>
    Float = 16,

    /// <summary>Declaration tag.</summary>
    DeclarationTag = 17,

    /// <summary>Type tag.</summary>
    TypeTag = 18,

    /// <summary>Enum of 64 bits.</summary>
    Enum64 = 19,
}
