"""Leased sources that are asked, what the hook brought and the history has yet to show, jobs of dialogues."""

from tortoise import BaseDBAsyncClient

from services.kit import ddl

RUN_IN_TRANSACTION = True

GLOBAL = ("source_lease", "poll_mark")
TENANT = ("poll_expected", "channel_job")

TABLES = """
CREATE TABLE source_lease (
    source uuid PRIMARY KEY,
    tenant_id uuid NOT NULL,
    provider varchar(32) NOT NULL,
    next_poll_at timestamptz NOT NULL DEFAULT now(),
    owner varchar(32),
    fence bigint NOT NULL DEFAULT 0,
    lease_until timestamptz NOT NULL DEFAULT '-infinity',
    cursor text NOT NULL DEFAULT '',
    failures smallint NOT NULL DEFAULT 0,
    breaker varchar(8) NOT NULL DEFAULT 'closed',
    last_code varchar(40) NOT NULL DEFAULT '',
    misses bigint NOT NULL DEFAULT 0,
    last_poll_at timestamptz,
    first_success_at timestamptz,
    last_success_at timestamptz,
    lag_seconds real NOT NULL DEFAULT 0
) WITH (fillfactor = 70);
CREATE INDEX source_lease_next ON source_lease (next_poll_at);
CREATE TABLE poll_mark (
    name varchar(32) PRIMARY KEY,
    at timestamptz NOT NULL
);
CREATE TABLE poll_expected (
    tenant_id uuid NOT NULL,
    channel_id uuid NOT NULL,
    event_key varchar(200) NOT NULL,
    received_at timestamptz NOT NULL,
    polls smallint NOT NULL DEFAULT 0,
    PRIMARY KEY (channel_id, event_key)
);
CREATE TABLE channel_job (
    tenant_id uuid NOT NULL REFERENCES tenant (id),
    id uuid NOT NULL,
    for_tenant uuid NOT NULL REFERENCES tenant (id),
    kind varchar(32) NOT NULL,
    params bytea,
    reply_channel uuid NOT NULL,
    reply_chat varchar(64) NOT NULL,
    locale varchar(8) NOT NULL DEFAULT 'ru',
    state varchar(8) NOT NULL DEFAULT 'due',
    outcome varchar(64) NOT NULL DEFAULT '',
    tries smallint NOT NULL DEFAULT 0,
    fence bigint NOT NULL DEFAULT 0,
    not_before timestamptz NOT NULL DEFAULT now(),
    lease_until timestamptz NOT NULL DEFAULT '-infinity',
    created_at timestamptz NOT NULL DEFAULT now(),
    done_at timestamptz,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX channel_job_due ON channel_job (not_before) WHERE state <> 'done';
"""


async def upgrade(db: BaseDBAsyncClient) -> str:
    """Create everything."""
    return TABLES + ddl.global_tables(*GLOBAL) + ddl.tenant_tables(*TENANT)


async def downgrade(db: BaseDBAsyncClient) -> str:
    """Remove everything."""
    return ddl.drop((*GLOBAL, *TENANT))


MODELS_STATE = (
    "eJztXW1z2ziS/isof0lSpc0ltpP4xldXZWe8s95z4qnYudm7mysZIiGJa4rgAqAV7d7+9w"
    "P4IvHdBE3SEN1fZhISD6k8AIHupxuNfxysqE1c/vbMd/6DbA5+Qv848PCKyD/k7kzQAfb9"
    "3XV1QeCZGzbFvjO9jxvNuGDYEvLyHLucyEs24RZzfOFQTzU+QytsLR2PvOJIgn5C1HM3yB"
    "EcLTFfIocjLigj9lv1OJta8nmOt9BGBp7zt4BMBV0QsSRM4v/nf+Vlx7PJD8KTv/r307lD"
    "XDvzL3ds9YDw+lRs/PDa9++XP/8xbKl+1WxqUTdYebvW/kYsqbdtHgSO/VZh1L0F8QjDgt"
    "gpUrzAdWP6kkvRL5YXBAvI9qfauws2mePAVdQe/Ns88CzFKArfpP5z/O/xT0s1m06/Xt9O"
    "by5up9ODQk+on5CjOL5kUU/1ouMJRdQ//hk9d0dIePVAveDzn86+vT76+CakgHKxYOHNkK"
    "6Df4ZALHAEDUnfsSyIhz0x1SM7A+qS8+TCjvTd8E3oTAgzjOIdpeH/C2x+XmJWzmbSPkek"
    "/GF7SOHBCv+YusRbiKX86/t372o4/c+zbyGtslXIK5VTVjSVfY1vHUb3svz6jMydHzoM7x"
    "Bj5PhjE4o/VjP8MU+wnNWnai4vUnzueJhtyklOo3I0zzaC8D0kuobY86vrc/XkFed/c2Om"
    "zy+/nn37r9dfzv4Skr3axLeurr/+krRPzx3n/3V7cZbjnlvUj7jKMv/nm+uv5bzvEDnWbc"
    "cS6P+Q63DRF/epFXAWOK5wPP5Wve85FkHFUKZHkiG+7ZDU6P9c0h3qAee57iA/fEfenmJR"
    "7JKfJZnCWZHybski810TQ98mf2jQQbH5sQffxu3ll4ub27Mvv2a64+ez2wt15zDzbSRXX+"
    "cnqO1D0G+Xt39C6q/ov6+/XuR7bdvu9r8P1G/CgaBTj66n2E5zklxOLmV6mZEHek/sFr2c"
    "RUIvm9zLLuZiGvBW/ZzHQk+b3NMWI4r3Fv2cRXbQy6aZNHLGwva19NjjEbgn3R5/LIVeV+"
    "rB/D7l2aoLM2zdrzGzp4U79JBWtS3eWh2u8lewhxdhnyly1c+M5Zk/8tWNkIPgoES62d6b"
    "1Ik3c76a8m2zR+Wb35aEEYSRTxiXxpdEejZHjicv2Q526SIgaO2Ipfz7jIpTdKcEgDslzh"
    "DPYhtfjlckIYgvKRN/cJ2HMqWnr5c8QRSyltjziKupV2RRIBKBSPTsIpEckuWEnjuLS09U"
    "juMKQuWP20Mq5e+V//vDvx4eHh19Onx39PHkw/GnTx9O3p3ItuEvLt76VOeUX/5y+fU2uw"
    "CpC1nqpRnHtKlPgYD61tRvV7imyt0WMJxwd9DX3JyV7T4eN5DtPh5XynbqVpZcNX3rSXYJ"
    "oqVctz8eTF9qXeDbLR2NLBIcDVMcjRL/Mvz1hjgaV453f0vviXdQ4mnsbta6Gq5sJo3vpF"
    "2DULFNiI8U7BVH1MdyfCHHnoTx3vII8eMACAwbYZCCzT+gze8HTLbQsn9SkBGGLo8OG9hA"
    "R4eVNpC6laU4nNZaBC+zOAhftjWIfLxxKS6ZM6rjlymIGQFM9VoIYHYfwNyjz8Nwi7QY8W"
    "gZ1oKI1j7172yjY4ulIE+wxPanT3XEV4gPjsxtNzw+GHrmrDSzO7k1edxlZ41zu9eMeovQ"
    "AUecrsiM2htJkUPsUzR3HkgUw/tbgJkgDNE5wh5a0oChFb4nSPrjK7TGjijz7Dt8MkgARk"
    "yLIAEMuPII4pIFw6tpqyBUGRqiUa2jUfrLPyz7sOxrLPtfyGpGGF86ftnKn7pbu/ivsu0a"
    "LP9Rws4rjhh14yU5mpZP0Z2KqAb8DslHqPWaMsTIipbm/zzlQbC4G7HywOI+4OJeuabXOu"
    "kVCznQqeYcnVhJ0n6EgZLu93iFu4Z0ZPotAET6zkX6aCnVGes7xICJUdFK3xfpfY94EP2q"
    "qR+X9Q8ZWmPudcMztG5DE/mgxN+L70zqfD2xa9PAz5sF3PEI5xPlfUk3C/kuFnPKVqocB3"
    "HnZS5dIwx4b0bYwtXeG3eDhZa9ELfvxlp4nOPBLOPu06ihfMeW3MNG5TsOa8p3HBbLd4Cx"
    "O4Cx+3fqaQ3ipP2ABF8ETHqU//KFSs9yPQzP3U8WLrWwnkqxQwzINQuGIfikAb8nlfSeFF"
    "y2gDHiWSVpL9X8pjEDMvzt+/kwFB81SZmtzpgtFFNysadDb9J+QGrnjAw0D3efj8yJEPL9"
    "egV9UhgQ2zoX20AHqv4a9lMRAB3oJfZ6lQ6UDSGtpw+EccVIodsr02xyqOEybN731cNRes"
    "3h++NPxydHH4+3WTXbK3XJNFHijFHyWkWV3N3NyeMim06t3AjxiiMlyKiqtxO0ZvIFxEaz"
    "TaiirTBXGY/yFlI/ykZ3qh6iY9+VaXBPfdwT5Dmzwv4vQ6yLuk7Hyt4hRqgqda92xB9Pke"
    "G6LX8pEOz3Sy/cOvv9wJgem1lleErldx6ud4WlP7xeu+qrVCvedMGPEh8niHpE/RndxpnX"
    "SC5B6C7S8O7C4mZ3SjqVf2QEfVWtA084rlrDN2gdlk/j93W5ld2+AuJ2hpsCpub/P29E71"
    "my/82P8w1UiaqXKJ8aoboMpzGjY3kEsSfD9gL3GnoaNIBqNLHdD1zIABgiwRsiTxB5AmcZ"
    "Ik/Q6y8sA/lzVO38oEQlSW5N6oQSK9XoUank2iMIWxYNPIGwUMXiGX1wbMJO0Z2ctWziCU"
    "ciYyFjSen9lBN5Q0R6BifSIC2RR7p7LEgixksiJkWkzJXwdQpNxh+Ljomdxoww6NR9ate9"
    "/HdpxfTi9iMkt3vvxXxxbjhy+zhDk/wQSmsrP0ilmuYcbIRsd692gBI6xIAWjtDTQreA0f"
    "ELu3b2VrMLKZtKr5iXJSw+xnUKOLpB3f28nHIji1TXJQ7lgHB4SsvcodBrj5Mwmw70NAb2"
    "sj46xlPCiN4YzwFhjD9ljGufepVFDTiXBx6POnwfV88lwa4oOfehOt61Q5gR7RrV0ekRuS"
    "3CHhkglKU3J8hRjG1BkNm4zy48qZw8SAO17THnaTB8fiZ/fmF38cCyCG9zwksJHPrb5P6G"
    "BJJq43I/UwkggeQl9npVAglsXR7z1uU4+ebPdHZQnZqj7k4aZOdM/xo3fDRD5zN2XY4wsh"
    "3s0kVAwgNYOJpTlUvjY4ZX/A45PM6ZCRNqFpRwtF4SL9yLLN+k7tvUI8VEnc6fDvk6Q5g+"
    "kK/z/BTvKJVfy3RX+bMpp1kUkAr5OcMlP0Uzu15MYYeBcELLcAIjvruZphJ0m84VBSBMF1"
    "XUlszBNWdOZFAjnDpGsG2xnU68pyUztWONzxFmtIOBUnQ6JpcGwqJ6mXwpCOTkPDo3qJNE"
    "S6yKm5X0MqurIiSg4dSOd33xG6kdR4efPm6FDvWXOo3j5svZ1VWxvMGceFbJSK0rL7GFjI"
    "bIoUtKUDGdEemXlRBfr9RmkaDUmqLUNtHnXYI5mYZFebQjcFnoCPt9T/oZwm/weVf0ulKm"
    "W3R5CgZBddO+arMiQrf0nngH1TGh6P6kSVRIbJs+Ghe6XYZbrAnnKESpfdbyKfYpuosjiH"
    "doEch/I0d4IXueq23Y0lt0CWJkLjtgWYwGdfTMJ8SAEiL0whNZFMSEICb07Hrk9ktuLrBv"
    "IVDPdtJSYCc/fEfebrHeZ5EjNPH2fc1Pd3NlYk2dPDLGvJqBBRJIZavukP30oKpS2QyxsH"
    "+j7J772CJl5vXuZq1tvc40a1A8esFo4KPXlIV1i5wHOQiRChG+UVlPql4zmlGB+JKuOZKj"
    "QM0rWKGV0YxWZDWTF8oqRnf2XMixMsLYA3t6QHsaKsr0W4DDNMd7FINWze6aJXpSkBEO3R"
    "5CzlA4ptfCMeanYapE2mA1DMX91IwxPuHH3fOiPKRlTR4CJXm0SvIsiXWvtZl8hzBjK/mo"
    "KjjA7n7jugRSEKonp/0U0GAH8Evs9X2RTWtqyRfaTBqJqOlNKI+Lqb8tHWuJtuBY3MQofs"
    "irnNBZVE3bPADSD0AufenK0+571WM1jwNiDSpAQD0RzbbFTLP4Vu0cbqUa6RyabgVc0BVh"
    "tUehZxpBgMqAUQszLgSosgN3j2VoOCwTDsvcS000nn0L7FZLcDsECHDda6JwDkL/IRdpBk"
    "oDdipfR3XsixzsCRaGYXNMNwZGWO4zHBiO2LQtF5rDw9YmcwTEom4M0YLqKWw/dWOIFrzE"
    "Xjc8WnAZHocjNgclwtL23qROWXLSrZqdOWvbkjt+iu7iP6WqTE62F6dLzJfyjuBo5soxh8"
    "JxV3Hc7FOfCKKVEQYPiFYD2pSxJKwb78qggFQ4vrdkqe65giW3qE+m8RnjWv58Hjg6AbZ7"
    "EStePIs0121nToFgQ3Pa3NTZ0Jw2W1rRv0VCH7TtA9vhvou1zjlMQUY3vfR2Pq3xafD0fl"
    "8V2SiZXV9RSONATzBFT2iiIoF2+FJ63RAV6bMkmXjiQp0+9y38eWVZSpkmk0eylVTj6Di7"
    "5sLSgkl3H1GG1o5Y2gyvsXuK5FuIZ/+Byj4vF48aoUAgMsLRBoGod4pBIOqV1EQu12Q1B4"
    "P4eE52C5hsoeVEpCAgujUQ3SpPLqmtZ1BxZglQXEYxDtdgHYZ3iBES3L0rLMgPUX0yY03d"
    "iBxudLpO97IxUSENzyIt1MsCFM6caqlechqwspMkaqS1LWKEE0oPkaiQrvjYdb1iPyXQEV"
    "L+/rBJvrpsVT2LHxbP8rGsgLFWAlcOOkKFa08ULUiCBCHTPCHzJvB9FTmNOqMgYqZvT+oE"
    "TJ5r+PiWSy9JYkNiiQVaEMGRR8VSjoEJmm0QRsoaim7ygD04D4SHhzDHesspugvPorlDX6"
    "lHVPrbnLKC3tnPa3735CoGuz8NUkZAJ+2dYlBGhlRGIBXm2Z1J/TJ6z1FAb48Heatj6Lo8"
    "gG5/BBOTTFrwZMCTMc+TucIeOShxYcLrtb6Lm7R41Gn5xaUz7P6EFIIjOkfKDdjEdWEmYT"
    "4FDQRidP0HV95yESdWwByxOUVLKv8R0vNAPmFyjXjFkbJYiwka/byiYy+l7uSZUpu55NCZ"
    "eDg9zUHp8ysd8NCZau+lvCJ1/RnTFVWpezz4p/9u6OKUafAE+/IEjSkhOApS7aDVGa4BHO"
    "G6D4ZxWJmCk7/prappFJx4r7O25pjXPEdvhwHW27Eeni2tPd7TKGC+HfNL6WbKJUGQlS9K"
    "tjPWG5EF8Gh6oQtTMmTHYpgvSTtmU1ggNp3psPb09pJvAeOrz9e94DpXWWZ6E/EWMpphOr"
    "TVQTAn01ZSdw46Qil0TIY9C7xFC78tBQPHzbT+NUTbvrGWxA5cOYJYqcaduT+pzdOJW8o3"
    "M03RW6W/MLpW6jJKHoOwZ6OV4wVCAjmN02iUZI3dbSPGkXobIthaxo0rZe8uX/K7R+Xa9V"
    "T9O3mBjlGSxnQTCX5eKbyX1Plq0Xs3RnQm0h0KFkrjJtJsleh2qcxpHHSxcV1syFp56c3o"
    "j3DXfdlKmbpbu046ql2z9VFtqeeCyrGJwr0Np+huRu1NWJFROk9s48shGK5hC0rCVYoL9J"
    "oRoTa4Uu/NJEw3vScb+RS84UgubsrwF+iksEr296rfPVteeOpamUTSdfTV0ur6EC9uGS+G"
    "GGfn4Tht7Xpw2XokoxrCyr2O42jjnZz8dTyZDGiESa39nN8jF7Wp7hFJGRAw3bCS3l7s9z"
    "1Y0qGq6XV8WJK+kwZKppneWXZjg0Wch1Y+eA46Qjd8ZNnZmQRI+VKtyXILGF39j+5jq8oR"
    "L/MTqndqJQio9qGxQcsQlelXzO5JVvzI3pnUqUv+rk2TjdKhEY4Wct71UOAj6pUcTlvVCv"
    "YnG+GGgWLTO8XDyJB7QOLzaDYgk4FMNobJA3Z992wo20Tgsly4mgMmtojx+SGNVLGjGlXs"
    "qKiKtc35hnTviqzkZ5TBjJsdxiWPGOJOnmNhLQ9KvMnoxqTOmZxtmzzqS94uCeJrR7ZXO8"
    "sxWjCqPMU5kg+VfiNzCP8JUZ94E7SUv/t1tLK9mSDLpZzYRbeziweCh2qEBQQe6oBGZrhr"
    "JeJDww7KosDYbGBsRpTpDd00BkbuXp5dJlecYez37ku274f/ubdl2qEuVTX1YNr3YNr/HF"
    "nCm7PIuT4oMfLzTWrN/diy3iSbs5tZ/ipz2JK+/09ozRwJ9NCMzCkjyBEqF5gJLm1yuvJd"
    "ojKIVZWp8Nh4Ggh5lZSfI/bE50FNKqNlZvAHBrSqth+1Hqk5GNCao7XEjKpXQAeu9NL/VN"
    "GF+gnh1MEm3X0r1TA62meBdU9KXINq72uHGJ33ddIkNnVSHZo6KTv5nLXzvrJI8L5M974y"
    "O08ko236PI2DjHKTM8pjv05LzN5BRjdxgiq4Z2ECJVIH2vkSOxRkS2TGqlDy1FyUVXL7o0"
    "txBZ05XI7TuQKOapb/+fr7+dUF+vXbxefLm8vrr9lpPbypLskLjggp+HZxdmVOCnyiWl6r"
    "YEuNqnkdB2MaSJpJ3KZBVnySYbCJygE5HNmq3x0PhcMIURbqk7JrTtFCVRVStYCUOilbci"
    "KEW5bO0NlTn6BtmicFQZYDqJqQh78vCoblYs6nuqZMiBob810YM7CtYfARTJlNmG6higxo"
    "hKlR3WtxFsWu/GVEl+k8bnyFl7vn2qNiGgXIdTWwLHKEuueYZLDYNyhZMCh1CfYqPqgdKr"
    "8VXML66tLtlYH3gl9fX2W68/wytyB8/f7l/OLb6/dvss7vvobI9r+auWF6w7fw46uUG9Tt"
    "SRO1oZnQoBKdEsSpOlwv7Gu0iioq8jCrKUxx3ZUmDnw1HYeXN0o68F1sEfT66uzrxc3blY"
    "2O3pTnU/XzGtheYYRXDMJD7xSD8AAFAF4W5VAAoIfJw7HJyqdygrU2uq5xCXSEUkQvlRxB"
    "tuxUtrQdRkK7SGf4ZkBDbtcKRF8mW6/VMf2AyblEK+slBRnhzNDD/k3QgkuGMWjBe8y1wE"
    "y64tPyk91ranFmYaNL6uo+Zy5mTNOxToOeYBsbNqi7MY0ZmetwGTcHFvOTrfdAGMfq7bqu"
    "WxEK7ObYxSsfOwttZrMwYLUwZgW2dCfTLAo4ze01UoWbNBlNY4DP/OpkOb4TH+3VPE0+BR"
    "qdUdW99YorVIW6Que4SlRoWurcNHesTrjtsNb53tXdsQMykLPQRGh4Xy00vC8IDbDBBoq+"
    "QtHXsWTFdCGhyxmZO/KfOGXEJ2WbV2uTukrQkNylkdxFfgjCPFwe26w5ry4LG93U8b7R1P"
    "G+Zup4X5w6fFWvqcjyn2+uv1YM7gSQz0d1LIH+D7kO723iSGX8zALHFY7H36r3PUfSjyIo"
    "M9wTlremXqoDPpcYeuoB53nVEg5p6s8Mgep/1dSPt/6ESrBu1+lpIFSgMDn1nqtzaluUld"
    "nBoH/N7t9wd3WrLk4joZdN62VDthdcYOZuvqnjTcuLtGbuT+o2GBDVcspSTRuUM4ibo/WS"
    "8t1WAFVXwKMC3UvCPLQh4hTdE9kKe2hJAyb/b6OVCgmUVzPo5qGwg2CIbxV2EDw/xZBZ3S"
    "up+6bpDJZk1ouqU1XTqj5kVFrPahQcd55fBqeCjcYGhUjgYBJcaJM+tPLkctARfkcjE+EM"
    "ce3OhMDWUu2lPihx7FJ3J3VuHc62a7RzfIc5RXcrYjv4Tnlf0o1CxLPkO2x0J4eARyxBGX"
    "+7IpzLfwJ/+yVsOkGc4NJCdR0/+wkeXvxYTUM5iwKPDzy+Z3dOKLMd6WQUCa3MnEghxrT9"
    "8PD98afjk6OPx9sEiu2VuiyKYghfd4fL8FtbhnM+Os9XCyf8Irt1aZhbCGRhTsachcnIio"
    "q9TcTkzt81a3ckiNFkrw1dRQKSIsAfG9If+6xUcvsb8UNeCw5Z+vakziOzwoYqw9JtWM1L"
    "hcSwvUHY42vCJihK8ECzTVhgS/2O8jBaAwxEyYww6MFn6p3iVFlTrHfmS9J+hBZ+9ycVC/"
    "KjZEG+lVerhuqPgTexPVNA4eIvt5k1tpB1mzHtk+b5VNxcLCeQpOkeFJ8BwW5MsCpfplWZ"
    "7vWoKGmbXs8ioddN6fWSmGn4603xJVIVMQ7KnIn0/XpvIt+y2aHqqhQvnSMa/Vml/1Scll"
    "7REPwGIxYu8BuGtA0gu67H7Do107RNsUthR+FHDFG59HlL45jGeDeDeU3ZPfexpZtYkMeB"
    "V7aHAazkGMh9DF/50oSsKOtWUxU2DRpdDmE/e9YjynQVyBxsdFz3ssLFpAVMq4BLFjU6pj"
    "80YvpDDdMfSnL2g9lfSYUtUTNHZ1CjY7qf3RExZ8IRrt6CmAeOju9eyhMltPnM0StvUQCO"
    "ju9ex7fmpJ2DjY7rfmftlcppLi2S3GDyToNHx7scoQ0Hee0oL1Af/bhZq4hDHgulAcwJMR"
    "QjS5hzZ+ERXUEgBwM9IKezYEfIt0y5U3qWZv0HVADDF2TyF8Q9Sv8uZ7vAE2WlOB+popIH"
    "Q1+b3Nce+SGm1pJY9y0WxgIY+trkvnZlW8KmXBC/2NP1xV9z0NFk0HdR/xWv8WbqE+ZQLT"
    "EmBxudJd/9jvBQSZnyJV1r7brPwUZH9PvDJsfVyVY10YnCkXURafpLQhoHq4HZqwEXU+2z"
    "eNOo0awCA++jCjl0vBZfVxYJ35fx3xcN2hQbzUGhn03uZ8hfr55e9zOTGfLXX2KvV+WvZ2"
    "pSydYq97v0ZKtKmymHGs5set+v2fSkAiCGbAv4EhUYunK8+4OSXQHp25O6TQFJoSI3afno"
    "poDfVJ4/RjEQzYglX42oFyb+c8cm6PWdoL5j3SHK0F2c1Hz35hRxIkcTdhMoRyu8QVz6vw"
    "oe1XNIbyro60W/e1EBCeRAcSjYsPBkzs01SXXSZuXnpKNNJe1HmEPfRJSqlqQKghSU3eq6"
    "7BZsrulnx5JuViZspdFONI4MD02eM6ARMt1LemByFoTmLJGDQTYN1DwYt3pgeCWt2I/9Rh"
    "4cXrEBPt9k0sTdZenWui4vx44t3dE5lf6kI9Aac0RsR5TVMdZCgiMKjuhLt0O9YDUjTMNb"
    "2gHAWSpxlqDI1oBFtognHOEQraOG0xg4bbi+S1qcNgxn2IwmeG2YSRr+skprVN5tYog2sz"
    "9VeSVpJa5UeSWM0nWcJITRVXgmRrQdeRJam2pJnIRXsWXRwBOvOFJnIcrfM1HBEowYnVFR"
    "XsiptzdBJSgjjC2wZwe0Z9OfkH4FnTwU6M3HrXTzQAdPAe3fVxg4C9R2GLGSGoJNNewMaB"
    "S+RVbDblIcubo2cqE0clx4V/eAmRxshDx3X88ICiN3PSfH5OhWLsrBRrfdpZeAolKxZ47r"
    "iI0O1VnUgEz7wcx1rGH47jiPw/zDvrba3T5Ow+brlL1NE6BSvniVMjzhZyqophmSg4EhAo"
    "liUIX5+Z2UXiy9LXctKYfaiVW2SJHrBaOBr0l0GgMsN2F5RlURljZTdBEJS18pt7oTdA42"
    "unHc/SFmirG65Kt6rmsTsPaf7u5LqXDCHpyKovk1u1UyKKD5cZr3oYo+IxZxHog9DMndSx"
    "6MYK4XRdkhYAw/OoZ9RqlWodotYHTk9hI1oSssIi03F32l1CXYqxT5d7gczzMJ7Ivo7ZVh"
    "Lbbz6+urjFh0fpkX6L5/Ob+Q5Ifcy0aOqAi7pjPWG6bGpiGjqXnUWWYsJ16bGjcpGOQIGp"
    "cjmFFMwp0VLbo4A4QiRib3sU1c0q6Ts0joZZN7GbYdVq+KsO2whxzvW1VWpqq2zu7mpC7D"
    "OyxNo1FX5wyFiGLm9WlY8MbhyAoYk9ZHlG4teRbq4tLhgrJNMZW7g+dBwrYRsi4kbPdOMS"
    "Rsv5xzT8dJrFgqS0BTGM+ARid7vVBdPLR5FUuDkNy9tujwaWyZaIqLWeCA6mJiW+ytuGgp"
    "i1mz+tMOAhPHoxNHyNYS86m/pIJqjusiGJRzncEN6sELUQ+g0PWYe71EKgx/vSGa0VlgO+"
    "LCE2xzUCIape5O6lQjrNpNybZho9oAssFbdBf9zju0wj5HGIV/fcWR+iFI0FDkuScbYiPb"
    "WSixh86RI+R9skYP2FVfFGWq4e8Hvx+UVwbo6T0gMxnhS4LM1DvFUJdmPMtREyNETphttn"
    "FnUCPcIPH+YxPNIN9vKc3gYyEfKaRMcxN3CgP54wU+NSs84DGXd+g+b5zO/kosoT015GCg"
    "vDyqvMSM6YlbGdDoSO5+NMdGY4Hh6g3FO4QZ24nVa0eznVi5jFphii1gdGO9mwnFEInhc7"
    "Tn7YIxyg5KRIbM/UmdzJDsniPbpg3yU+bYcaVbb2HX/Qmtl461RCvpsVN7gpZ0rQpaRy0m"
    "CIv4vmCbt+grRdJkluOVT5BHkSrdEP7h+7ersrSVvl4DMoMRRibIDAPa8VACoY8SCJ7tU6"
    "csPF2zDz+FAQepgUmpMieCEpPyZiXXheryjlvUaDa8HB1++rjd66L+UrfN5ebL2dVVMQSK"
    "hSArv2TA1rOZgo3m8M8u6LSo3ml5SfsRfvjHTQpDHFfXhTgulIUAZfwlKOPgoo7aRf0TDe"
    "o81PD2pImDukxaPuqf/kn6hvJnbRB5IJJntekhegZaUIGc6Nhg9TjpN3p26EqGzelchazj"
    "yvbUdQlDcxrIFnOH8ZIS+T2+5wkeqmmGPnis4LG2cq6SD17HAEgwIzQB9mTJL8nNKq750Y"
    "RZ7NxK/2MHGI0311n5gpXDeVkN10oydwAg89Ycg+nn+MTZGxFYpdtNsw1qjabt6bV827aB"
    "rJ+gpGWiBHWskvXm4dE90UE/p+ie+ALNNvKK7JbFQlouctG+S3B3ZSJ+Nw99gkH07AcAg0"
    "kEJhGI+OaS6mLOp7qKaIgadg3tU1/qThLdh52Rw+U3Qq1A8wUz0JxfguZsiJV/6VmOrTYm"
    "lxj423u1tr2TbtVoV5BYyn5GCyVHrhn1FqfoLpx076QJ7tnq3muPCuTKW4h4NFgs0YaINx"
    "NE5X21R8dyKS871L7rh0NijhG2Edj0A5qfLHC1zKWk/QitpR7KdARh/raWObqDjJDikyZR"
    "+pPqKP1JIUq/D/b+gVprhjFJOz5sLtwnW2T3jy7FFY7pFpGjd64g+ybv1pD58/X386sL9O"
    "u3i8+XN5dx7vzWyAxvqku7ehDfLs6u8pXBMcMrrd0KOwTsVsgY+7BbwfSlUPoNJeQ+UuM6"
    "AYF/a7p/my0y5K6mrTo8i4RiyCZH0ZVR06quTQYIfWxyH0fiSJuKVWkg9LFpfWyIGvkrox"
    "bh/IvjBaGRXJAksw0mdbqkHzWdrnZtH1Unf3HpDLs/hZmSMf4VR9ET0GtG5Fjjgk+QOreL"
    "MBRuUlR/Fdh1eVJPyKXUfxOmWKq/+YF8U1Gq7PVNT9Atd2zpfN07VB+G2eNaJnzZNbN3tX"
    "waDzwdFycFGaEc1b2bw6imnEpHK6d2X1wnmSaLBNccPbWDQLphPllC7V8PmFb2ZhoChJZk"
    "n7iuDp07AJCZJ3MtTSAxDRmaciJfVlbZpUaKrsCDMP2oMM0J8VodSbeFgWBniqVoeELKVy"
    "ocq9T3i+9M6pw+b9fmUWfvhqrqLSojRBWHJa57imZE5YXwpFpslCmgCrs4HOEZDUp23bV+"
    "CiSXDDH7QXLJ81O8o1S3quCIS412HJiHtB1I29nntB1IfTAq9UFV+yel8dqaQrspzJC5VG"
    "v50L5473XODthC/yypHQjOkWp+1E6SpK5pzeVgUIwbEqTgSL80uWr/9GAn+nU8/cLxW9W8"
    "j0vaysxZ1G3T5SkYZK+YFuM2Srr8TP3Sg7ZSdyePS5hy6PkaB21FtStecaRgBQXSd7GYU7"
    "aaoPWScoJmVCALM+YQjpwSTbOTJ4K+aYS1BvrmgAZx/O3qUZoBAaXguYEQ37N126uow4nu"
    "eV8pCHz+xRJDumckpSAjHK79FLQ3XmhY7n7Ifs0HtrSB9d3NHWqE6sK+u5uZ0qE/BGEeLq"
    "+BVnPqRhY2Ojn0/bsmEULZqjrb910hRgiCXTX74xLsDBF0fqWue/HDJ1Y0Doq7kdL3J7Wb"
    "kWTLKUk3fbz+qRcVclebfTBak9mS0nu0duTYDYTaM0TnuULu6yV1oxLuHNmOjVSdIx6dTF"
    "ZSCbXzx0OReBCAXrq7En5S03uy0TIG0qARuiyHjYyBwxpj4LBoDDBiEeehlTWQg47QHNiT"
    "5b+RhR0uOMUuri+HuwWNZhdN21q4BplSXzArLSS/vfe4CbVKmjXeyh34Kma1XhIP8W2q/h"
    "qHm6fviY3EkqkikNU7tHUe8AQTKPy/xqKRtO9mvXjWLdb9ZNJU2z1QVHc0C4Uhs9sNDZhF"
    "rgjmpGyCS9+uneN42FB+C0nLxtOcdM4Q5vfq1K/oIRM0Z3Sl5i1GJtH05ZEf4lT6c/JfpI"
    "6f3kb41YdSPf918uQnTIzRS3VclB0CfELwCZ/dJ/QZfXBsUnJ4WG2ZjS1mhB5h99myagaa"
    "hiai/uqex45wnR+ZPpwpO5fs/2j6bW0BrT4sw9JB+v6u5uW7gM6dRXVFkIpNQPvre//r4e"
    "HR0afDd0cfTz4cf/r04eTd1hMv3qrzy88vf1FeeYb94maV0PybBp5wXN2pLAcd4Uy2JzNX"
    "I2nLCqSdXDJ33coFqSLksUWMIGRc15UXf7nN9GJhU+O2J6+uv/6SNM/vdGxa3aheTBxlia"
    "MuztaaSaviXm/xTUEGHMFR9dG+xnGv+UMu5kLyZ2uJgxnQCGaKLMPHTcJJx9XRpONCMKnq"
    "zNo6M2eEx9YObeeoUdrSZ8tjYVOWyYbO3AkrrwVWWJFXv7fL8NDjJvd4+H227/ASOPS32f"
    "29aFWTMYeDWozqUqEWoyFhrjPCHGt5UBLhiu9M6oJbeNfmsbBWNdcd7yqttO5KYxklll08"
    "pZgbW++kBmt1vOiBMO7oHQCcgowwtHH44UOTZLcPH6qT3dS9XDkm+VFpMBw3HyG7/ewroJ"
    "4oLcRUXXwsBRm++tjzmCSd1Rl71sXsn/8PKJdQUQ=="
)
